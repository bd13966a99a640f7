namespace UserCache.ApiService.Caching;

/// <summary>What looking a key up in Redis gave.</summary>
/// <param name="Available">Whether Redis answered, and is to be believed.</param>
/// <param name="Entry">The entry, if there is one.</param>
internal readonly record struct CacheLookup(bool Available, CacheEntry? Entry);

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

/// <summary>The right to fill a key, good while the gate that it was won under stays open.</summary>
internal readonly record struct CacheLease(string Key, string Token, long Pass);
