namespace UserCache.Caching;

/// <summary>What looking a key up in Redis gave.</summary>
/// <param name="Available">Whether Redis answered, and is to be believed.</param>
/// <param name="Entry">The entry, if there is one.</param>
/// <param name="IsNear">Whether Redis was not asked: the entry is a copy from this process.</param>
internal readonly record struct CacheLookup(bool Available, CacheEntry? Entry, bool IsNear = false);

/// <summary>What asking for the right to fill a key gave.</summary>
internal enum Acquisition
{
    /// <summary>Redis did not answer, or is not to be believed.</summary>
    Unavailable,

    /// <summary>The entry is there by now.</summary>
    Found,

    /// <summary>The lease is ours.</summary>
    Won,

    /// <summary>Someone else has the lease.</summary>
    Held,

    /// <summary>The key is being written, or Redis holds something else under it: nobody may fill it.</summary>
    Closed,
}

/// <summary>An <see cref="Acquisition"/> and what came of it.</summary>
/// <param name="Outcome">Which it is.</param>
/// <param name="Lease">The lease, if it was won.</param>
/// <param name="Entry">The entry, if it was found.</param>
internal readonly record struct Acquired(Acquisition Outcome, CacheLease Lease = default, CacheEntry Entry = default);

/// <summary>The right to fill a key, good while the gate that it was won under stays open.</summary>
internal readonly record struct CacheLease(string Key, string Token, long Pass);
