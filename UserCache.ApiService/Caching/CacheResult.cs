namespace UserCache.ApiService.Caching;

/// <summary>How a read was answered.</summary>
public enum CacheOutcome
{
    /// <summary>From the source; the cache had nothing.</summary>
    Miss,

    /// <summary>From the cache.</summary>
    Hit,

    /// <summary>From the cache, which knows that there is no such row.</summary>
    Negative,

    /// <summary>The cache's entry was past its soft expiry.</summary>
    Stale,

    /// <summary>From the source, without the cache: Redis did not answer.</summary>
    Bypass,
}

/// <summary>The answer to one read.</summary>
/// <param name="Outcome">Where it came from.</param>
/// <param name="Payload">The row, or <see cref="CachePayload.Absent"/>.</param>
/// <param name="Ttl">Time to the soft expiry, for an answer from the cache.</param>
/// <param name="Stored">Whether this read filled the cache.</param>
public readonly record struct CacheResult(CacheOutcome Outcome, CachePayload Payload, TimeSpan? Ttl = null, bool Stored = false)
{
    /// <summary>Whether the source was spared.</summary>
    public bool IsHit => Outcome is CacheOutcome.Hit or CacheOutcome.Negative;
}
