using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using UserCache.ApiService.Caching;

namespace UserCache.ApiService.Invalidation;

/// <summary>
/// Looks at the outbox all the time: relays what is new, purges what is old, and opens the gate when it can. Every replica has one,
/// and each can do the work alone. A replica is ready when the gate has opened for the first time, or Redis turned out to be away.
/// </summary>
internal sealed partial class OutboxRelay<TContext>(
    Task after, IServiceScopeFactory scopes, CacheGate gate, Relay relay, Readmission readmission,
    IOptions<InvalidationOptions> options, TimeProvider time, ILogger<OutboxRelay<TContext>> logger) : BackgroundService, IHealthCheck
    where TContext : DbContext
{
    private static readonly TimeSpan PurgeInterval = TimeSpan.FromSeconds(5);

    // One may be a moment's breathlessness, of this process as well as of Redis.
    private const int TurnsThatAreASign = 2;

    private readonly InvalidationOptions _options = options.Value;
    private long _purged = time.GetTimestamp();
    private string? _failing;
    private bool _wasOpen;
    private int _turnsFailed;
    private volatile bool _ready;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_ready ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The cache has not been compared with the database yet."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await after.WaitAsync(stoppingToken);
        using var unrecorded = CacheTelemetry.StartUnrecorded();
        while (true)
        {
            try
            {
                await TurnAsync(stoppingToken);
                _ready |= gate.IsOpen;
                _failing = null;
            }
            // Redis or the database is away: the changes wait in the outbox.
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                _ready |= RedisFailure.Is(failure);
                var reason = failure.GetBaseException().Message;
                if (reason != _failing)
                {
                    Log.Failing(logger, reason);
                }

                _failing = reason;
            }

            await Task.Delay(_options.PollInterval, time, stoppingToken);
        }
    }

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var outbox = new Outbox(scope.ServiceProvider.GetRequiredService<TContext>());
        while (await RelayAsync(outbox, cancellationToken) == _options.BatchSize)
        {
        }

        if (!gate.IsOpen)
        {
            NoteShut();
            await readmission.AdvanceAsync(outbox, cancellationToken);
            _wasOpen = gate.IsOpen;
        }

        if (time.GetElapsedTime(_purged) >= PurgeInterval)
        {
            await outbox.PurgeAsync(_options.ReplayWindow, cancellationToken);
            _purged = time.GetTimestamp();
        }
    }

    private void NoteShut()
    {
        if (_wasOpen)
        {
            Log.Shut(logger, gate.Reason);
        }

        _wasOpen = false;
    }

    /// <returns>How many changes were relayed.</returns>
    private async Task<int> RelayAsync(Outbox outbox, CancellationToken cancellationToken)
    {
        var changes = await outbox.PendingAsync(_options.BatchSize, cancellationToken);
        if (changes.Count == 0)
        {
            return 0;
        }

        if (!await relay.InvalidateAsync(changes))
        {
            // Here, at the latest, a replica without traffic learns that Redis hung, and may soon be back with what is old.
            if (++_turnsFailed >= TurnsThatAreASign)
            {
                gate.Shut("changes could not be relayed");
            }

            return 0;
        }

        _turnsFailed = 0;

        await outbox.MarkRelayedAsync([.. changes.Select(change => change.Id)], cancellationToken);
        return changes.Count;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 311, Level = LogLevel.Warning, Message = "Redis is not relied on for now: {Reason}. Reads go to the database.")]
        public static partial void Shut(ILogger logger, string reason);

        [LoggerMessage(EventId = 310, Level = LogLevel.Warning, Message = "Changes cannot be relayed to Redis for now: {Reason}")]
        public static partial void Failing(ILogger logger, string reason);
    }
}
