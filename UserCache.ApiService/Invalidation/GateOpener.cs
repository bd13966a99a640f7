using Microsoft.Extensions.Options;
using UserCache.Caching;

namespace UserCache.ApiService.Invalidation;

/// <summary>
/// Opens the gate when Redis has caught up with the database. A server that was started anew, or took over, may have forgotten
/// which writers are active; those are waited out. Then every change that the outbox has kept is relayed again: a failover may have
/// brought back a server that missed them. In this order, for one of those writers may commit while it is waited for. What has been
/// committed since then is for the relay, which must have come to its end before the gate is opened.
/// </summary>
internal sealed partial class GateOpener(
    CacheGate gate, Invalidator invalidator, IOptions<CacheOptions> cache, TimeProvider time, ILogger<GateOpener> logger)
{
    private readonly TimeSpan _writerDeadline = cache.Value.WriterDeadline;

    private RedisServers? _trusted;
    private (RedisServers Servers, TimeSpan Wait, long Since)? _return;
    private long _replayedFor;
    private int _replayed;

    /// <summary>
    /// Shuts the gate if others answer than those it was opened for. Nobody need have noticed: a proxy may have kept the connections.
    /// </summary>
    public void Check(RedisServers servers)
    {
        if (gate.IsOpen && !IsTrusted(servers))
        {
            gate.Shut("another server answers");
        }
    }

    /// <summary>Goes as far towards opening the gate as it can without waiting.</summary>
    /// <param name="generation">The gate's, from before Redis was asked who it is: after a later sign it may be another.</param>
    /// <param name="servers">Who it is.</param>
    /// <param name="outbox">Has the changes.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Whether the gate can be opened when the relay has come to its end.</returns>
    /// <exception cref="Exception">Redis does not answer, or refuses, or the database does not answer.</exception>
    public async Task<bool> AdvanceAsync(long generation, RedisServers servers, Outbox outbox, CancellationToken cancellationToken)
    {
        // A connection that is lost on the way forgets no more writers.
        if (_return is null || !_return.Value.Servers.RunIds.SetEquals(servers.RunIds))
        {
            _return = (servers, TimeToForgetWriters(servers), time.GetTimestamp());
            _replayedFor = 0;
        }

        if (time.GetElapsedTime(_return.Value.Since) < _return.Value.Wait)
        {
            gate.NoteCatchingUp(generation);
            return false;
        }

        if (_replayedFor != generation)
        {
            var changes = await outbox.KeptAsync(cancellationToken);
            if ((await invalidator.InvalidateAsync(changes)).Failure is { } failure)
            {
                throw failure;
            }

            (_replayedFor, _replayed) = (generation, changes.Count);
        }

        gate.NoteCatchingUp(generation);
        return true;
    }

    /// <summary>To be called when there is nothing left to relay.</summary>
    public void Open(long generation)
    {
        if (gate.TryOpen(generation))
        {
            (_trusted, _return) = (_return!.Value.Servers, null);
            Log.Opened(logger, gate.Reason, _replayed);
        }
    }

    private bool IsTrusted(RedisServers servers) =>
        _trusted is not null && servers.RunIds.Count > 0 && servers.RunIds.IsSubsetOf(_trusted.RunIds);

    private TimeSpan TimeToForgetWriters(RedisServers servers) =>
        IsTrusted(servers) ? TimeSpan.Zero
        // At the start of this process: as if it had been here when the server was started.
        : _trusted is null ? _writerDeadline - servers.Uptime
        : _writerDeadline;

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 301, Level = LogLevel.Information,
            Message = "Redis has caught up with the database ({Count} changes were relayed again) and is relied on. "
                + "Until now it was not: {Reason}.")]
        public static partial void Opened(ILogger logger, string reason, int count);
    }
}
