using Microsoft.EntityFrameworkCore;
using UserCache.Caching;

namespace UserCache.ApiService.Invalidation;

/// <summary>Measures the outbox's depth, also while Redis is away and nothing is relayed: that is when it grows.</summary>
internal sealed class OutboxGauge<TContext>(
    Task after, IServiceScopeFactory scopes, CacheMetrics metrics, TimeProvider time) : BackgroundService
    where TContext : DbContext
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Negative: not known.
    private long _depth = -1;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.ObserveOutbox(() => Volatile.Read(ref _depth) is >= 0 and var depth ? depth : null);
        await after.WaitAsync(stoppingToken);
        using var unrecorded = CacheTelemetry.StartUnrecorded();
        while (true)
        {
            Volatile.Write(ref _depth, await MeasureAsync(stoppingToken));
            await Task.Delay(Interval, time, stoppingToken);
        }
    }

    private async Task<long> MeasureAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            return await new Outbox(scope.ServiceProvider.GetRequiredService<TContext>()).DepthAsync(cancellationToken);
        }
        // The relay says why.
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return -1;
        }
    }
}
