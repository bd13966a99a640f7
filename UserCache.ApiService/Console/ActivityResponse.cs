namespace UserCache.ApiService.Console;

/// <summary>What one replica did lately, and how it is. Times are Unix milliseconds.</summary>
internal sealed record ActivityResponse(
    string Replica, long Now, GateState Gate, string Breaker, DatabaseState Database, long? OutboxDepth,
    IReadOnlyList<ActivitySample> Samples, IReadOnlyList<ActivityEvent> Events)
{
    /// <summary>Whether the charting library was there when the service was built.</summary>
    public bool Charts { get; init; }

    public string? DashboardUrl { get; init; }
}

/// <summary>Whether Redis is relied on and since when; if it is not, whether it will be soon, and why it was not.</summary>
internal sealed record GateState(bool Open, bool CatchingUp, string Reason, long Since);

/// <summary>Whether PostgreSQL answers, and since when.</summary>
internal sealed record DatabaseState(bool Available, long Since);

/// <summary>One second. Durations are histograms: bucket b counts what took up to 2^(b/4) µs.</summary>
/// <param name="T">The second, as Unix time.</param>
/// <param name="Outcomes">Keys asked of the cache, by outcome.</param>
/// <param name="Failures">Calls answered 5xx.</param>
/// <param name="Latency">Of the reads of one user.</param>
/// <param name="GateOpen">Whether Redis was relied on at its end.</param>
/// <param name="Breaker">0 closed, 1 open, 2 half-open.</param>
/// <param name="DatabaseAvailable">Whether PostgreSQL answered.</param>
/// <param name="OutboxDepth">Changes that wait to be relayed; unknown while PostgreSQL is away.</param>
/// <param name="Lag">Of the changes that this replica relayed.</param>
/// <param name="AuditChecked">Entries compared with the database.</param>
/// <param name="AuditStale">Entries that were wrong.</param>
internal sealed record ActivitySample(
    long T, IReadOnlyDictionary<string, long> Outcomes, long Failures, IReadOnlyDictionary<int, long> Latency,
    bool GateOpen, int Breaker, bool DatabaseAvailable, long? OutboxDepth, IReadOnlyDictionary<int, long> Lag, long AuditChecked, long AuditStale);

/// <summary>Something that happened.</summary>
internal sealed record ActivityEvent(long T, string Kind, string Text);
