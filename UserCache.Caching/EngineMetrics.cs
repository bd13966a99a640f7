using System.Diagnostics.Metrics;

namespace UserCache.Caching;

/// <summary>
/// The instruments of what all caches of a process have in common: the way to Redis, and the outbox. Each cache shows them as its own, so
/// that what is looked at by a cache's name is all there.
/// </summary>
public sealed class EngineMetrics
{
    private readonly Meter _meter;
    private readonly KeyValuePair<string, object?>[] _cacheNames;

    internal EngineMetrics(IMeterFactory meters, CacheRegistrations caches)
    {
        _meter = meters.Create(CacheTelemetry.MeterName);
        _cacheNames = [.. caches.All.Select(cache => new KeyValuePair<string, object?>(CacheTelemetry.CacheNameTag, cache.Name))];
    }

    /// <summary>Has the outbox's depth observed.</summary>
    /// <param name="depth">The number of changes that are not relayed yet; <see langword="null"/> when it is not known.</param>
    public void ObserveOutbox(Func<long?> depth) => Observe(
        CacheTelemetry.OutboxDepth, "{change}", "Changes in the database that have not been relayed to Redis yet, by all replicas.", depth);

    /// <summary>Has the state of the way to Redis observed: of a cluster's, that of the shard that is worst off.</summary>
    internal void Observe(Func<int> breaker, CacheGates gates)
    {
        Observe(
            CacheTelemetry.BreakerState, "{state}", "The circuit breaker in front of Redis: 0 closed, 1 open, 2 half-open.",
            () => breaker());
        Observe(
            CacheTelemetry.GateState, "{state}", "Whether cached values are believed: 0 the gate is shut, 1 it is open.",
            () => gates.IsOpen ? 1 : 0);
    }

    private void Observe(string name, string unit, string description, Func<long?> value) => _meter.CreateObservableGauge(
        name,
        () => value() is { } known ? _cacheNames.Select(cache => new Measurement<long>(known, cache)) : [],
        unit,
        description);
}
