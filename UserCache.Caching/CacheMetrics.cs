using System.Diagnostics.Metrics;

namespace UserCache.Caching;

/// <summary>The cache's instruments; their names are in <see cref="CacheTelemetry"/>.</summary>
public sealed class CacheMetrics
{
    // From a hit's to a database's that hangs; the default begins where a hit has long been answered.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    private readonly KeyValuePair<string, object?> _cacheName;
    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _nearHits;
    private readonly Histogram<double> _loadDuration;
    private readonly Counter<long> _fillRejected;
    private readonly Histogram<double> _invalidationLag;
    private readonly Counter<long> _auditChecked;
    private readonly Counter<long> _auditStale;

    internal CacheMetrics(IMeterFactory meters, string cacheName)
    {
        _cacheName = new(CacheTelemetry.CacheNameTag, cacheName);
        _meter = meters.Create(CacheTelemetry.MeterName);
        _requests = _meter.CreateCounter<long>(CacheTelemetry.Requests, "{request}", "Keys asked of the cache, by outcome.");
        _nearHits = _meter.CreateCounter<long>(
            CacheTelemetry.NearHits, "{request}", "Keys answered from a copy in this process, without asking Redis.");
        _loadDuration = _meter.CreateHistogram(
            CacheTelemetry.LoadDuration, "s", "Time that one read of the source took.", tags: null, Seconds);
        _fillRejected = _meter.CreateCounter<long>(
            CacheTelemetry.FillRejected,
            "{fill}",
            "Values read under a lease that were not stored: "
            + "a change came between, the read took too long, Redis has become full, or they are too large.");
        _invalidationLag = _meter.CreateHistogram(
            CacheTelemetry.InvalidationLag, "s", "Time from a change in the database to its relay to Redis.", tags: null, Seconds);
        _auditChecked = _meter.CreateCounter<long>(CacheTelemetry.AuditChecked, "{entry}", "Cached entries compared with the database.");
        _auditStale = _meter.CreateCounter<long>(
            CacheTelemetry.AuditStale, "{entry}", "Cached entries that differed from the database for longer than the protocol allows.");
    }

    /// <summary>Lets every counter begin at zero: a series that is not there can't be told from one that is not measured.</summary>
    internal void Begin()
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

    internal void Completed(in CacheResult result)
    {
        _requests.Add(1, _cacheName, new(CacheTelemetry.OutcomeTag, CacheTelemetry.Name(result.Outcome)));
        if (result.IsNear)
        {
            _nearHits.Add(1, _cacheName);
        }
    }

    internal void Loaded(TimeSpan duration) => _loadDuration.Record(duration.TotalSeconds, _cacheName);

    internal void FillRejected() => _fillRejected.Add(1, _cacheName);

    /// <summary>Notes that a change was relayed.</summary>
    /// <param name="lag">Time since it was made.</param>
    public void Relayed(TimeSpan lag) => _invalidationLag.Record(lag.TotalSeconds, _cacheName);

    /// <summary>Notes that a cached entry was compared with the source.</summary>
    /// <param name="isStale">Whether it was wrong.</param>
    internal void Audited(bool isStale)
    {
        _auditChecked.Add(1, _cacheName);
        if (isStale)
        {
            _auditStale.Add(1, _cacheName);
        }
    }

    /// <summary>Has the state of the way to Redis observed: of a cluster's, that of the shard that is worst off.</summary>
    internal void Observe(Func<int> breaker, CacheGates gates)
    {
        _meter.CreateObservableGauge(
            CacheTelemetry.BreakerState,
            () => Of(breaker()),
            "{state}",
            "The circuit breaker in front of Redis: 0 closed, 1 open, 2 half-open.");
        _meter.CreateObservableGauge(
            CacheTelemetry.GateState,
            () => Of(gates.IsOpen ? 1 : 0),
            "{state}",
            "Whether cached values are believed: 0 the gate is shut, 1 it is open.");
    }

    /// <summary>Has the outbox's depth observed.</summary>
    /// <param name="depth">The number of changes that are not relayed yet; <see langword="null"/> when it is not known.</param>
    public void ObserveOutbox(Func<long?> depth) => _meter.CreateObservableGauge<long>(
        CacheTelemetry.OutboxDepth,
        () => depth() is { } known ? [new Measurement<long>(known, _cacheName)] : [],
        "{change}",
        "Changes in the database that have not been relayed to Redis yet, by all replicas.");

    private Measurement<int> Of(int value) => new(value, _cacheName);
}
