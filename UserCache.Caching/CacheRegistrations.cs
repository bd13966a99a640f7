using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace UserCache.Caching;

/// <summary>A cache that the program has, before it is made.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Prefix">What its keys begin with, behind the prefix of all.</param>
internal sealed partial record CacheRegistration(string Name, string Prefix)
{
    /// <summary>Whether a cache may be called so.</summary>
    public static bool IsName(string name) => NameRule().IsMatch(name);

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_-]{0,62}\z")]
    private static partial Regex NameRule();
}

/// <summary>All caches of a process, and what they divide.</summary>
internal sealed class CacheRegistrations(
    IEnumerable<CacheRegistration> caches, IOptionsMonitor<CacheAsideOptions> each, IOptions<CacheOptions> common)
{
    public IReadOnlyList<CacheRegistration> All { get; } = [.. caches];

    /// <summary>What the keys of each begin with.</summary>
    public IReadOnlyList<string> Prefixes { get; } = [.. caches.Select(cache => common.Value.KeyPrefix + cache.Prefix)];

    /// <summary>As long as any value of theirs may live.</summary>
    public TimeSpan LongestLife => All.Max(cache => each.Get(cache.Name).HardExpiry);

    /// <summary>How many reads of its source a cache may have under way: one, and its part of what is left when each has one.</summary>
    public int MaxLoadsOf(string name)
    {
        var shares = All.Sum(cache => each.Get(cache.Name).LoadShare);
        return 1 + (int)((long)(common.Value.MaxLoads - All.Count) * each.Get(name).LoadShare / shares);
    }
}
