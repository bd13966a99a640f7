using Microsoft.Extensions.Options;

namespace UserCache.Caching.PostgreSql;

/// <summary>
/// Opens a shard's gate when it has caught up with the database. A server that was started anew, or took over, may have forgotten
/// which writers are active; those are waited out. Then every change that the outbox has kept is relayed again: a failover may have
/// brought back a server that missed them. In this order, for one of those writers may commit while it is waited for. What has been
/// committed since then is for the relay, which must have come to its end before the gate is opened.
/// </summary>
internal sealed partial class GateOpener(
    RedisShard shard, CacheInvalidation cache, Invalidator invalidator, Outbox outbox, IOptions<CacheOptions> options, TimeProvider time,
    ILogger<GateOpener> logger)
{
    private readonly CacheGate _gate = shard.Gate;
    private readonly TimeSpan _writerDeadline = options.Value.WriterDeadline;

    private RedisServers? _trusted;
    private (RedisServers Servers, TimeSpan Wait, long Since, Replay Replay)? _return;
    private (RedisServers Servers, Horizon Until)? _replayed;

    /// <summary>Whether it has work to do, and is not just waiting.</summary>
    public bool IsReplaying => _return?.Replay.Horizon is not null;

    /// <summary>
    /// Shuts the gate if others answer than those it was opened for. Nobody need have noticed: a proxy may have kept the connections.
    /// </summary>
    public void Check(RedisServers servers)
    {
        if (servers.OtherOwner is not null)
        {
            _gate.Shut("it holds the cache of another database; give each a Cache:KeyPrefix of its own, or flush it", isWhy: true);
        }
        else if (_gate.IsOpen && !IsTrusted(servers))
        {
            _gate.Shut("another server answers, or it has lost what it had");
        }
    }

    /// <summary>Has all changes replayed before the gate is opened again, whatever was before.</summary>
    public void Forget()
    {
        _replayed = null;
        if (_return is { } pending)
        {
            _return = pending with { Replay = NewReplay(Horizon.None) };
        }
    }

    /// <summary>Goes some way towards opening the gate.</summary>
    /// <param name="generation">The gate's, from before Redis was asked who it is: after a later sign it may be another.</param>
    /// <param name="servers">Who it is.</param>
    /// <param name="atMost">For how long.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>
    /// Up to when all changes have been carried out, if the gate can be opened when the relay has come to its end; otherwise
    /// <see langword="null"/>.
    /// </returns>
    /// <exception cref="Exception">Redis does not answer, or refuses, or the database does not answer.</exception>
    public async Task<Horizon?> AdvanceAsync(long generation, RedisServers servers, TimeSpan atMost, CancellationToken cancellationToken)
    {
        // What was done to the same servers need not be done again, whatever the signs were.
        if (_return is null || !_return.Value.Servers.IsSame(servers))
        {
            var beyond = _replayed is { } replayed && replayed.Servers.IsSame(servers) ? replayed.Until : Horizon.None;
            _return = (servers, TimeToForgetWriters(servers), time.GetTimestamp(), NewReplay(beyond));
        }

        if (time.GetElapsedTime(_return.Value.Since) < _return.Value.Wait)
        {
            _gate.NoteCatchingUp(generation);
            return null;
        }

        var isDone = await _return.Value.Replay.AdvanceAsync(atMost, cancellationToken);
        _gate.NoteCatchingUp(generation);
        return isDone ? _return.Value.Replay.Horizon : null;
    }

    /// <summary>To be called when there is nothing left to relay.</summary>
    public void Open(long generation)
    {
        if (_gate.TryOpen(generation))
        {
            var (servers, _, _, replay) = _return!.Value;
            (_trusted, _replayed, _return) = (servers, (servers, replay.Horizon!), null);
            Log.Opened(logger, replay.Replayed, replay.Removed ?? 0, _gate.Reason);
        }
    }

    private Replay NewReplay(Horizon beyond) => new(shard, beyond, cache, invalidator, outbox, time);

    private bool IsTrusted(RedisServers servers) => _trusted is not null && servers.Runs.IsSubsetOf(_trusted.Runs);

    private TimeSpan TimeToForgetWriters(RedisServers servers) =>
        IsTrusted(servers) ? TimeSpan.Zero
        // At the start of this process: as if it had been here when the server was started.
        : _trusted is null && !shard.IsSuccessor ? _writerDeadline - servers.Uptime
        : _writerDeadline;

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 301, Level = LogLevel.Information,
            Message = "Redis has caught up with the database ({Count} changes were relayed again, {Removed} keys removed) and is relied "
                + "on. Until now it was not: {Reason}.")]
        public static partial void Opened(ILogger logger, int count, long removed, string reason);
    }
}
