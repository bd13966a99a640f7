using System.Globalization;
using Microsoft.Extensions.Options;
using UserCache.Caching;

namespace UserCache.ApiService.Users;

/// <summary>The cache's keys of users: <c>USER::42</c>, behind the prefix that is set.</summary>
internal sealed class UserKeys(IOptions<CacheOptions> options)
{
    private readonly string _prefix = $"{options.Value.KeyPrefix}USER::";

    /// <summary>The key of a user.</summary>
    public string Of(long id) => string.Create(CultureInfo.InvariantCulture, $"{_prefix}{id}");

    /// <summary>The keys of users whose ids fit a pattern, as Redis' <c>SCAN</c> takes it.</summary>
    public string Pattern(string ids) => _prefix + ids;

    /// <summary>The user that a key of <see cref="Of"/> belongs to.</summary>
    public long IdOf(string key) => long.Parse(key.AsSpan(_prefix.Length), CultureInfo.InvariantCulture);
}
