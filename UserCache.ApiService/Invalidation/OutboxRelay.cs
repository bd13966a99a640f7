using System.Diagnostics;
using Microsoft.Extensions.Options;
using Npgsql;
using UserCache.Caching;

namespace UserCache.ApiService.Invalidation;

/// <summary>
/// Looks at the outbox all the time: relays what is new, purges what is old, and opens the gate when it can. Every replica has one,
/// and each can do the work alone.
/// </summary>
internal sealed partial class OutboxRelay(
    Task after, Outbox outbox, NpgsqlDataSource database, CacheGate gate, CacheInvalidation cache, Invalidator invalidator,
    GateOpener opener, CacheMetrics metrics, RelayHealth health, IOptions<InvalidationOptions> options, TimeProvider time,
    ILogger<OutboxRelay> logger) : BackgroundService
{
    private static readonly TimeSpan PurgeInterval = TimeSpan.FromSeconds(5);

    // What takes long is done in parts of this length, so that new changes are relayed and Redis is watched in between.
    private static readonly TimeSpan Part = TimeSpan.FromMilliseconds(100);

    // One may be a moment's breathlessness, of this process as well as of Redis.
    private const int TurnsThatAreASign = 2;

    private readonly InvalidationOptions _options = options.Value;
    private readonly PendingChanges _pending = new(outbox, time);
    private string? _source;
    private Replay? _backlog;
    private long _purged = time.GetTimestamp();
    private bool _wasOpen;
    private bool _isOthers;
    private int _turnsFailed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await after.WaitAsync(stoppingToken);
        using var unrecorded = CacheTelemetry.StartUnrecorded();
        while (true)
        {
            var isDone = true;
            try
            {
                isDone = await TurnAsync(stoppingToken);
                _turnsFailed = 0;
                health.NoteProgress();
                if (gate.IsOpen)
                {
                    health.NoteReady();
                }
            }
            // Redis or the database is away: the changes wait in the outbox.
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                if (health.NoteFailure(failure) && ++_turnsFailed >= TurnsThatAreASign)
                {
                    health.NoteReady();
                    gate.Shut("changes cannot be relayed");
                }

                if (DatabaseFailure.Is(failure))
                {
                    // Others' idle connections are as good as lost: whoever took one would be told 503.
                    database.Clear();
                    // And when it is back it may be another, or have gone back: what was known of its transactions counts no more.
                    (_source, _backlog) = (null, null);
                    _pending.Forget();
                    opener.Forget();
                }
            }

            NoteGate();
            await Task.Delay(isDone ? _options.PollInterval : TimeSpan.Zero, time, stoppingToken);
        }
    }

    /// <returns>Whether there is nothing to do until something happens.</returns>
    private async Task<bool> TurnAsync(CancellationToken cancellationToken)
    {
        var generation = gate.Generation;
        // In each turn, so that a replica without traffic notices too when Redis hangs or is another.
        var servers = await WatchAsync(cancellationToken);
        if (servers.OtherOwner is not null)
        {
            return true;
        }

        if (!gate.IsOpen)
        {
            await invalidator.RehearseAsync();
            if (await opener.AdvanceAsync(generation, servers, Part, cancellationToken) is not { } replayed)
            {
                // What is pending is relayed by whoever relies on Redis; here it would all be carried out once more.
                return !opener.IsReplaying;
            }

            _backlog = null;
            _pending.Cover(replayed);
        }

        await AdvanceBacklogAsync(cancellationToken);
        var areRelayed = await _pending.RelayAsync(
            _options.BatchSize, changes => RelayAsync(changes, cancellationToken), cancellationToken);
        if (!gate.IsOpen && areRelayed)
        {
            opener.Open(generation);
        }

        foreach (var lag in await _pending.MarkCoveredAsync(cancellationToken))
        {
            metrics.Relayed(lag);
        }

        // Whoever does not rely on Redis has yet to replay what would be purged.
        if (gate.IsOpen && time.GetElapsedTime(_purged) >= PurgeInterval
            && await outbox.PurgeAsync(_options.ReplayWindow, cancellationToken))
        {
            _purged = time.GetTimestamp();
        }

        return areRelayed && _backlog is null;
    }

    private async Task<RedisServers> WatchAsync(CancellationToken cancellationToken)
    {
        _source ??= await outbox.IdentityAsync(cancellationToken);
        var servers = await cache.IdentifyAsync(_source);
        opener.Check(servers);
        NoteOwner(servers.OtherOwner);
        return servers;
    }

    private async Task AdvanceBacklogAsync(CancellationToken cancellationToken)
    {
        if (_backlog is not null && await _backlog.AdvanceAsync(Part, cancellationToken))
        {
            _pending.Cover(_backlog.Horizon!);
            _backlog = null;
        }
    }

    // Between two of many batches.
    private async Task<bool> GoesOnAsync(CancellationToken cancellationToken)
    {
        if ((await WatchAsync(cancellationToken)).OtherOwner is not null)
        {
            return false;
        }

        health.NoteProgress();

        var singly = Replay.MaxSingly(await cache.CountKeysAsync());
        if (_backlog is not null || await outbox.DepthAsync(singly + 1, cancellationToken) <= singly)
        {
            return true;
        }

        // More than are worth being carried out one by one: all entries are removed, while later changes are relayed as always.
        var backlog = new Replay(Horizon.None, cache, invalidator, outbox, time);
        await backlog.AdvanceAsync(TimeSpan.Zero, cancellationToken);
        _pending.LeaveOut(backlog.Horizon!);
        _backlog = backlog;
        return false;
    }

    /// <returns>Whether to go on.</returns>
    /// <exception cref="Exception">Redis has not carried out all of them.</exception>
    private async Task<bool> RelayAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken)
    {
        using var span = CacheTelemetry.StartRelay(changes.Count, changes.SelectMany(Trace));
        try
        {
            var (done, failure) = await invalidator.InvalidateAsync(changes);
            if (done.Count > 0)
            {
                (await outbox.MarkRelayedAsync([.. done.Select(change => change.Place.Id)], cancellationToken)).ForEach(metrics.Relayed);
            }

            return failure is null ? changes.Count < _options.BatchSize || await GoesOnAsync(cancellationToken) : throw failure;
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

    private void NoteOwner(string? other)
    {
        var isOthers = other is not null;
        if (isOthers && !_isOthers)
        {
            Log.OtherOwner(logger, other!, _source!);
        }

        // Ready to do without it.
        if (isOthers)
        {
            health.NoteReady();
        }

        _isOthers = isOthers;
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
        [LoggerMessage(
            EventId = 313, Level = LogLevel.Error,
            Message = "Redis holds the cache of another database ({Other}; this one is {Source}), so that it is not used. "
                + "Give each database a Redis or a Cache:KeyPrefix of its own, or flush this Redis if the other is no more.")]
        public static partial void OtherOwner(ILogger logger, string other, string source);

        [LoggerMessage(
            EventId = 311, Level = LogLevel.Warning, Message = "Redis is not relied on for now: {Reason}. Reads go to the database.")]
        public static partial void Shut(ILogger logger, string reason);
    }
}
