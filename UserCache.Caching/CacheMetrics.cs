using System.Diagnostics.Metrics;

namespace UserCache.Caching;

/// <summary>One cache's instruments; their names are in <see cref="CacheTelemetry"/>.</summary>
internal sealed class CacheMetrics
{
    // From a hit's to a database's that hangs; the default begins where a hit has long been answered.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    private readonly KeyValuePair<string, object?> _cacheName;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _nearHits;
    private readonly Histogram<double> _loadDuration;
    private readonly Counter<long> _fillRejected;
    private readonly Histogram<double> _invalidationLag;
    private readonly Counter<long> _auditChecked;
    private readonly Counter<long> _auditStale;

    public CacheMetrics(IMeterFactory meters, string cacheName)
    {
        _cacheName = new(CacheTelemetry.CacheNameTag, cacheName);
        var meter = meters.Create(CacheTelemetry.MeterName);
        _requests = meter.CreateCounter<long>(CacheTelemetry.Requests, "{request}", "Keys asked of the cache, by outcome.");
        _nearHits = meter.CreateCounter<long>(
            CacheTelemetry.NearHits, "{request}", "Keys answered from a copy in this process, without asking Redis.");
        _loadDuration = meter.CreateHistogram(
            CacheTelemetry.LoadDuration, "s", "Time that one read of the source took.", tags: null, Seconds);
        _fillRejected = meter.CreateCounter<long>(
            CacheTelemetry.FillRejected,
            "{fill}",
            "Values read under a lease that were not stored: "
            + "a change came between, the read took too long, Redis has become full, or they are too large.");
        _invalidationLag = meter.CreateHistogram(
            CacheTelemetry.InvalidationLag, "s", "Time from a change in the database to its relay to Redis.", tags: null, Seconds);
        _auditChecked = meter.CreateCounter<long>(CacheTelemetry.AuditChecked, "{entry}", "Cached entries compared with the database.");
        _auditStale = meter.CreateCounter<long>(
            CacheTelemetry.AuditStale, "{entry}", "Cached entries that differed from the database for longer than the protocol allows.");
    }

    /// <summary>Lets every counter begin at zero: a series that is not there can't be told from one that is not measured.</summary>
    public void Begin()
    {
        foreach (var outcome in Enum.GetValues<CacheOutcome>())
        {
            _requests.Add(0, _cacheName, new(CacheTelemetry.OutcomeTag, CacheTelemetry.Name(outcome)));
        }

        _nearHits.Add(0, _cacheName);
        _fillRejected.Add(0, _cacheName);
        _auditChecked.Add(0, _cacheName);
        _auditStale.Add(0, _cacheName);
    }

    public void Completed(in CacheResult result)
    {
        _requests.Add(1, _cacheName, new(CacheTelemetry.OutcomeTag, CacheTelemetry.Name(result.Outcome)));
        if (result.IsNear)
        {
            _nearHits.Add(1, _cacheName);
        }
    }

    public void Loaded(TimeSpan duration) => _loadDuration.Record(duration.TotalSeconds, _cacheName);

    public void FillRejected() => _fillRejected.Add(1, _cacheName);

    /// <summary>Notes that a change was relayed.</summary>
    /// <param name="lag">Time since it was made.</param>
    public void Relayed(TimeSpan lag) => _invalidationLag.Record(lag.TotalSeconds, _cacheName);

    /// <summary>Notes that a cached entry was compared with the source.</summary>
    /// <param name="isStale">Whether it was wrong.</param>
    public void Audited(bool isStale)
    {
        _auditChecked.Add(1, _cacheName);
        if (isStale)
        {
            _auditStale.Add(1, _cacheName);
        }
    }
}
