namespace UserCache.Caching;

/// <summary>How a read was answered.</summary>
public enum CacheOutcome
{
    /// <summary>From the source; the cache had nothing.</summary>
    Miss,

    /// <summary>From the cache.</summary>
    Hit,

    /// <summary>From the cache, which knows that there is no such row.</summary>
    Negative,

    /// <summary>From the cache, past the soft expiry; it is read anew in the background.</summary>
    Stale,

    /// <summary>The cache had nothing, and someone else was reading the source already: from there.</summary>
    Collapsed,

    /// <summary>From the source, without the cache: Redis cannot be relied on at the moment.</summary>
    Bypass,
}

/// <summary>The answer to one read.</summary>
/// <param name="Outcome">Where it came from.</param>
/// <param name="Payload">The row, or <see cref="CachePayload.Absent"/>.</param>
/// <param name="Ttl">Time to the soft expiry, for an answer from the cache.</param>
/// <param name="Stored">Whether this read filled the cache.</param>
public readonly record struct CacheResult(CacheOutcome Outcome, CachePayload Payload, TimeSpan? Ttl = null, bool Stored = false)
{
    /// <summary>Whether another read, which was under way, was waited for.</summary>
    public bool Shared { get; init; }

    /// <summary>Whether it came from the near cache: a copy in this process, and Redis was not asked.</summary>
    public bool IsNear { get; init; }

    /// <summary>Whether it came from the cache at once.</summary>
    public bool IsHit => Outcome is CacheOutcome.Hit or CacheOutcome.Negative or CacheOutcome.Stale;
}
