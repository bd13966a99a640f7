using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace UserCache.Caching;

/// <summary>All caches of a process, by their names.</summary>
public sealed class CacheSet
{
    private readonly FrozenDictionary<string, CacheAside> _byName;

    internal CacheSet(IEnumerable<CacheAside> caches) => _byName = caches.ToFrozenDictionary(cache => cache.Name, StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public IReadOnlyList<CacheAside> All => _byName.Values;

    /// <summary>The one with a name.</summary>
    /// <returns><see langword="false"/> when there is none.</returns>
    public bool TryGet(string name, [NotNullWhen(true)] out CacheAside? cache) => _byName.TryGetValue(name, out cache);
}
