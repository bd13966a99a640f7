
namespace UserCache.Caching.PostgreSql;

/// <summary>
/// Measures the outbox's depth, also while Redis is away and nothing is relayed: that is when it grows. Looks too whether triggers still
/// write it: a bulk load may have disabled them.
/// </summary>
internal sealed class OutboxGauge(
    Task after, Outbox outbox, IEnumerable<RecordedCache> caches, OutboxRelay relay, RelayHealth health, EngineMetrics metrics,
    TimeProvider time)
    : BackgroundService
{
    // To count further would cost more than it tells.
    private const long MaxDepth = 100_000;

    // And a share of the time that it takes: where many entries are dead and can't be removed, it takes long.
    private const int MostOfTime = 20;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TriggersInterval = TimeSpan.FromSeconds(5);

    // Negative: not known.
    private long _depth = -1;
    private long? _sawTriggers;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.ObserveOutbox(() => Volatile.Read(ref _depth) is >= 0 and var depth ? depth : null);
        await after.WaitAsync(stoppingToken);
        using var unrecorded = CacheTelemetry.StartUnrecorded();
        while (true)
        {
            var started = time.GetTimestamp();
            Volatile.Write(ref _depth, await MeasureAsync(stoppingToken));
            var pause = time.GetElapsedTime(started) * MostOfTime;
            await Task.Delay(pause > Interval ? pause : Interval, time, stoppingToken);
        }
    }

    private async Task<long> MeasureAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_sawTriggers is not { } last || time.GetElapsedTime(last) >= TriggersInterval)
            {
                health.NoteUnrecorded([.. caches.Select(cache => cache.Name).Except(await outbox.RecordedAsync(cancellationToken))]);
                _sawTriggers = time.GetTimestamp();
            }

            return await outbox.DepthAsync(MaxDepth, cancellationToken);
        }
        // The relay says why.
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            relay.NoteFailure(failure);
            return -1;
        }
    }
}
