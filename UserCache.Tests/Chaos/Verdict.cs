namespace UserCache.Tests.Chaos;

internal enum ViolationKind
{
    /// <summary>A read is older than a write through the API that was confirmed before it began.</summary>
    Stale,

    /// <summary>A read is older than what the same client had read before, by a confirmed write through the API.</summary>
    WentBack,

    /// <summary>
    /// A read is older than what another client, of the API or of PostgreSQL, had read before it began, by a confirmed write through the
    /// API.
    /// </summary>
    WentBackForAnother,

    /// <summary>A read is older than some other write that was known for longer than the bound.</summary>
    TooLate,

    /// <summary>An answer that makes no sense.</summary>
    Senseless,
}

/// <summary>A promise that was broken.</summary>
/// <param name="Kind">Which promise.</param>
/// <param name="Operation">Who saw it.</param>
/// <param name="Age">How long the read could have known better.</param>
/// <param name="Detail">What was wrong.</param>
internal sealed record Violation(ViolationKind Kind, Operation Operation, TimeSpan Age, string Detail);

/// <summary>How long a write that nobody confirmed, or that went past the API, was not seen by some reader.</summary>
/// <param name="Key">The row.</param>
/// <param name="Version">What was written.</param>
/// <param name="IsSql">Whether it went past the API.</param>
/// <param name="Since">When it was acknowledged or first seen, whichever came first.</param>
/// <param name="Duration">From then to the last read that was older; time without PostgreSQL does not count.</param>
/// <param name="LastStale">That read; <see langword="null"/> when there was none.</param>
internal sealed record Lag(int Key, long Version, bool IsSql, long Since, TimeSpan Duration, Operation? LastStale);

/// <summary>What the checker says of a history.</summary>
/// <param name="Violations">Broken promises.</param>
/// <param name="Lags">One for each write in question.</param>
/// <param name="LateReads">
/// For each read that was older than a write in question: how long that had been known. Time without PostgreSQL does not count.
/// </param>
internal sealed record Verdict(IReadOnlyList<Violation> Violations, IReadOnlyList<Lag> Lags, IReadOnlyList<TimeSpan> LateReads)
{
    /// <summary>The design's bound for 99 in 100 writes.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(250);

    /// <summary>The bound for all.</summary>
    public static readonly TimeSpan HardBound = TimeSpan.FromSeconds(1);

    /// <summary>The lag that this share of all these writes does not exceed.</summary>
    public TimeSpan Percentile(double share) => Percentile(share, Lags);

    /// <summary>The lag that this share of the writes past the API does not exceed.</summary>
    public TimeSpan SqlPercentile(double share) => Percentile(share, Lags.Where(lag => lag.IsSql));

    public bool IsGood => Violations.Count == 0 && Percentile(0.99) <= Bound;

    private static TimeSpan Percentile(double share, IEnumerable<Lag> lags)
    {
        var sorted = lags.Select(lag => lag.Duration).Order().ToList();
        return sorted.Count == 0 ? TimeSpan.Zero : sorted[(int)Math.Ceiling(share * sorted.Count) - 1];
    }
}
