using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Options;
using Npgsql;

namespace UserCache.Caching.PostgreSql;

/// <summary>
/// Looks at the outbox all the time: relays what is new, purges what is old, and opens the gate when it can. Every replica has one,
/// and each can do the work alone.
/// </summary>
internal sealed class OutboxRelay(
    Task after, Outbox outbox, NpgsqlDataSource database, CacheGates gates, Invalidator invalidator, ShardRelays shards, CacheSet caches,
    IEnumerable<RecordedCache> recorded, RelayHealth health, IOptions<InvalidationOptions> options, TimeProvider time)
    : BackgroundService
{
    private static readonly TimeSpan PurgeInterval = TimeSpan.FromSeconds(5);

    // What takes long is done in parts of this length, so that new changes are relayed and Redis is watched in between.
    private static readonly TimeSpan Part = TimeSpan.FromMilliseconds(100);

    private readonly InvalidationOptions _options = options.Value;
    private readonly PendingChanges _pending = new(outbox, time);
    private Exception? _failedElsewhere;
    private string? _source;
    private long _purged = time.GetTimestamp();

    /// <summary>
    /// To be told when the database has failed someone else here: this replica may leave the look at the outbox to others, who have
    /// connections of their own.
    /// </summary>
    public void NoteFailure(Exception failure) => Volatile.Write(ref _failedElsewhere, failure);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await after.WaitAsync(stoppingToken);
        using var unrecorded = CacheTelemetry.StartUnrecorded();
        while (true)
        {
            var isDone = true;
            try
            {
                if (Interlocked.Exchange(ref _failedElsewhere, null) is { } failure)
                {
                    ExceptionDispatchInfo.Throw(failure);
                }

                isDone = await TurnAsync(stoppingToken);
                NoteTurn();
            }
            // Redis or the database is away: the changes wait in the outbox.
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                health.NoteFailure(failure);
                if (RelayHealth.IsOfRedis(failure))
                {
                    shards.All.ForEach(shard => shard.NoteFailure(failure));
                    NoteSettled();
                }

                if (DatabaseFailure.Is(failure))
                {
                    // Others' idle connections are as good as lost: whoever took one would be told 503.
                    database.Clear();
                    // And when it is back it may be another, or have gone back: what was known of its transactions counts no more.
                    _source = null;
                    _pending.Forget();
                    shards.All.ForEach(shard => shard.Forget());
                }
            }

            shards.All.ForEach(shard => shard.NoteGate());
            await Task.Delay(isDone ? _options.PollInterval : TimeSpan.Zero, time, stoppingToken);
        }
    }

    private void NoteTurn()
    {
        if (shards.All.Select(shard => shard.Failure).FirstOrDefault(failure => failure is not null) is { } failure)
        {
            health.NoteFailure(failure);
        }
        else
        {
            health.NoteProgress();
        }

        NoteSettled();
    }

    private void NoteSettled()
    {
        if (shards.All.Count > 0 && shards.All.TrueForAll(shard => shard.IsSettled))
        {
            health.NoteReady();
        }
    }

    /// <returns>Whether there is nothing to do until something happens.</returns>
    private async Task<bool> TurnAsync(CancellationToken cancellationToken)
    {
        // In each turn, so that a replica without traffic notices too when Redis hangs or is another.
        if (_source is null)
        {
            health.NoteUnrecorded([.. recorded.Select(cache => cache.Name).Except(await outbox.RecordedAsync(cancellationToken))]);
            _source = await outbox.IdentityAsync(cancellationToken);
        }

        await shards.AdvanceAsync(_source, Part, cancellationToken);
        if (shards.All.Exists(shard => shard.IsBehind))
        {
            _pending.LeaveUnmarked();
        }

        if (!_pending.HasUnmarked && !await shards.AreToLookAsync(_options.PollInterval / 2))
        {
            return true;
        }

        // What is pending for the others is relayed by whoever relies on them; here it would all be carried out once more.
        var taking = shards.Taking;
        if (taking.Count == 0)
        {
            return !shards.AreBusy;
        }

        var done = await _pending.RelayAsync(
            taking.Select(shard => shard.Seen).Aggregate((one, other) => one.And(other)),
            _options.BatchSize, changes => RelayAsync(changes, cancellationToken), cancellationToken);
        if (done is not null)
        {
            shards.Taking.ForEach(shard => shard.NoteDone(done));
            if (!shards.All.Exists(shard => shard.IsBehind || !shard.TakesChanges))
            {
                _pending.Cover(done);
            }
        }

        NoteRelayed(await _pending.MarkCoveredAsync(cancellationToken));

        // Whoever does not rely on all of Redis has yet to replay what would be purged.
        if (gates.IsOpen && time.GetElapsedTime(_purged) >= PurgeInterval
            && await outbox.PurgeAsync(_options.ReplayWindow, cancellationToken))
        {
            _purged = time.GetTimestamp();
        }

        return !shards.AreBusy;
    }

    // Between two of many batches.
    private async Task<bool> GoesOnAsync(CancellationToken cancellationToken)
    {
        await shards.WatchAsync(_source!);
        if (shards.Taking.Count == 0)
        {
            return false;
        }

        health.NoteProgress();
        if (_pending.HasUnmarked)
        {
            return true;
        }

        var singly = Replay.MaxSingly(await shards.CountKeysAsync());
        if (await outbox.DepthAsync(singly + 1, cancellationToken) <= singly)
        {
            return true;
        }

        // More than are worth being carried out one by one: all entries are removed, while later changes are relayed as always.
        _pending.LeaveUnmarked();
        await shards.BeginBacklogsAsync(cancellationToken);
        return false;
    }

    /// <returns>Whether to go on.</returns>
    private async Task<bool> RelayAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken)
    {
        using var span = CacheTelemetry.StartRelay(changes.Count, changes.SelectMany(Trace));
        try
        {
            var taking = shards.Taking;
            var (done, failures) = await invalidator.InvalidateAsync(changes, taking.ConvertAll(shard => shard.Shard));
            if (done.Count > 0)
            {
                NoteRelayed(await outbox.MarkRelayedAsync([.. done.Select(change => change.Place.Id)], cancellationToken));
            }

            taking.ForEach(shard => shard.NoteRelayed(done));
            foreach (var (shard, failure) in failures)
            {
                CacheTelemetry.Failed(span, failure);
                taking.Find(one => one.Shard == shard)!.NoteFailure(failure);
            }
        }
        catch (Exception failure)
        {
            CacheTelemetry.Failed(span, failure);
            throw;
        }

        return changes.Count < _options.BatchSize ? shards.Taking.Count > 0 : await GoesOnAsync(cancellationToken);
    }

    private void NoteRelayed(IEnumerable<Lag> lags)
    {
        foreach (var (name, lag) in lags)
        {
            if (caches.TryGet(name, out var cache))
            {
                cache.NoteRelayed(lag);
            }
        }
    }

    // Any SQL client may have written it.
    private static IEnumerable<ActivityContext> Trace(Change change) =>
        ActivityContext.TryParse(change.TraceParent, traceState: null, isRemote: true, out var trace) ? [trace] : [];
}
