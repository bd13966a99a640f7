using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace UserCache.Caching.PostgreSql;

/// <summary>
/// One look at Redis and at the outbox: goes some way towards relying on the shards, relays what is new, and purges what is old.
/// </summary>
internal sealed class RelayTurn(
    Outbox outbox, CacheGates gates, Invalidator invalidator, ShardRelays shards, CacheSet caches, RelayHealth health,
    IOptions<InvalidationOptions> options, TimeProvider time)
{
    private static readonly TimeSpan PurgeInterval = TimeSpan.FromSeconds(5);

    // What takes long is done in parts of this length, so that new changes are relayed and Redis is watched in between.
    private static readonly TimeSpan Part = TimeSpan.FromMilliseconds(100);

    private readonly InvalidationOptions _options = options.Value;
    private readonly PendingChanges _pending = new(outbox, time);
    private string? _source;
    private bool _isSourceThere;
    private long _purged = time.GetTimestamp();

    /// <summary>Goes through all of it once.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether there is nothing to do until something happens.</returns>
    /// <exception cref="Exception">Redis or the database does not answer, or refuses.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        if (!_isSourceThere)
        {
            (_source, _isSourceThere) = (await WaitForSourceAsync(cancellationToken), true);
        }

        // In each turn, so that a replica without traffic notices too when Redis hangs or is another.
        await shards.AdvanceAsync(_source!, Part, cancellationToken);
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

    /// <summary>Forgets what was known of a database that may be another by now, or have gone back.</summary>
    public void Forget()
    {
        _isSourceThere = false;
        _pending.Forget();
        shards.All.ForEach(shard => shard.Forget());
    }

    // While the database is away Redis is watched all the same, in the name of the one that was there: what is cached is still served.
    private async Task<string> WaitForSourceAsync(CancellationToken cancellationToken)
    {
        var asked = outbox.IdentityAsync(cancellationToken);
        if (_source is not null)
        {
            do
            {
                await ShardRelays.WatchAsync(shards.All.FindAll(shard => shard.Shard.Gate.IsOpen), _source);
                await Task.WhenAny(asked, Task.Delay(_options.PollInterval, time, cancellationToken));
            }
            while (!asked.IsCompleted);
        }

        return await asked;
    }

    // Between two of many batches.
    private async Task<bool> GoesOnAsync(CancellationToken cancellationToken)
    {
        await ShardRelays.WatchAsync(shards.Taking, _source!);
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
