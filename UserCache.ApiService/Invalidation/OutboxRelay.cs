using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using UserCache.Caching;

namespace UserCache.ApiService.Invalidation;

/// <summary>
/// Looks at the outbox all the time: relays what is new, purges what is old, and opens the gate when it can. Every replica has one,
/// and each can do the work alone. A replica is ready when the gate has opened for the first time, or Redis turned out to be away.
/// </summary>
internal sealed partial class OutboxRelay<TContext>(
    Task after, IServiceScopeFactory scopes, CacheGate gate, CacheInvalidation cache, Invalidator invalidator, GateOpener opener,
    CacheMetrics metrics, IOptions<InvalidationOptions> options, TimeProvider time,
    ILogger<OutboxRelay<TContext>> logger) : BackgroundService, IHealthCheck
    where TContext : DbContext
{
    private static readonly TimeSpan PurgeInterval = TimeSpan.FromSeconds(5);

    // One may be a moment's breathlessness, of this process as well as of Redis.
    private const int TurnsThatAreASign = 2;

    private readonly InvalidationOptions _options = options.Value;
    private long _purged = time.GetTimestamp();
    private bool? _failingIsRedis;
    private bool _wasOpen;
    private int _turnsFailed;
    private volatile bool _ready;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_ready
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The cache has not been compared with the database yet."));

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
                (_failingIsRedis, _turnsFailed) = (null, 0);
            }
            // Redis or the database is away: the changes wait in the outbox.
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                NoteFailure(failure);
            }

            NoteGate();
            await Task.Delay(_options.PollInterval, time, stoppingToken);
        }
    }

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        var generation = gate.Generation;
        // In each turn, so that a replica without traffic notices too when Redis hangs or is another.
        var servers = await cache.IdentifyAsync();
        opener.Check(servers);

        await using var scope = scopes.CreateAsyncScope();
        var outbox = new Outbox(scope.ServiceProvider.GetRequiredService<TContext>());
        var canOpen = !gate.IsOpen && await opener.AdvanceAsync(generation, servers, outbox, cancellationToken);
        while (await RelayAsync(outbox, cancellationToken) == _options.BatchSize)
        {
        }

        if (canOpen)
        {
            opener.Open(generation);
        }

        // Whoever does not rely on Redis has yet to replay what would be purged.
        if (gate.IsOpen
            && time.GetElapsedTime(_purged) >= PurgeInterval
            && await outbox.PurgeAsync(_options.ReplayWindow, cancellationToken))
        {
            _purged = time.GetTimestamp();
        }
    }

    /// <returns>How many changes were relayed.</returns>
    /// <exception cref="Exception">Redis has not carried out all of them.</exception>
    private async Task<int> RelayAsync(Outbox outbox, CancellationToken cancellationToken)
    {
        var changes = await outbox.PendingAsync(_options.BatchSize, cancellationToken);
        if (changes.Count == 0)
        {
            return 0;
        }

        using var span = CacheTelemetry.StartRelay(changes.Count, changes.SelectMany(Trace));
        try
        {
            var (done, failure) = await invalidator.InvalidateAsync(changes);
            if (done.Count > 0)
            {
                (await outbox.MarkRelayedAsync([.. done.Select(change => change.Id)], cancellationToken)).ForEach(metrics.Relayed);
            }

            return failure is null ? done.Count : throw failure;
        }
        catch (Exception failure)
        {
            CacheTelemetry.Failed(span, failure);
            throw;
        }
    }

    // Any SQL client may have written it.
    private static IEnumerable<ActivityContext> Trace(Change change) =>
        ActivityContext.TryParse(change.TraceParent, traceState: null, isRemote: true, out var trace) ? [trace] : [];

    private void NoteFailure(Exception failure)
    {
        var isRedis = RedisFailure.Is(failure);
        if (isRedis && ++_turnsFailed >= TurnsThatAreASign)
        {
            _ready = true;
            gate.Shut("changes cannot be relayed");
        }

        // Once for each outage, however it shows from turn to turn.
        if (isRedis != _failingIsRedis)
        {
            var reason = RedisFailure.Explain(failure);
            if (isRedis)
            {
                Log.RedisAway(logger, reason);
            }
            else
            {
                Log.OutboxAway(logger, reason);
            }
        }

        _failingIsRedis = isRedis;
    }

    private void NoteGate()
    {
        if (_wasOpen && !gate.IsOpen)
        {
            Log.Shut(logger, gate.Reason);
        }

        _wasOpen = gate.IsOpen;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 310, Level = LogLevel.Warning, Message = "Changes cannot be relayed to Redis for now: {Reason}")]
        public static partial void RedisAway(ILogger logger, string reason);

        [LoggerMessage(
            EventId = 312, Level = LogLevel.Warning,
            Message = "The outbox cannot be read for now, so that changes wait to be relayed: {Reason}")]
        public static partial void OutboxAway(ILogger logger, string reason);

        [LoggerMessage(
            EventId = 311, Level = LogLevel.Warning, Message = "Redis is not relied on for now: {Reason}. Reads go to the database.")]
        public static partial void Shut(ILogger logger, string reason);
    }
}
