using Microsoft.Extensions.Options;
using UserCache.ApiService.Caching;

namespace UserCache.ApiService.Invalidation;

/// <summary>
/// Opens the gate when Redis has caught up with the database. A server that was started anew, or took over, may have forgotten
/// which writers are active; those are waited out. Then every change within the replay window is relayed again: a failover may have
/// brought back a server that missed them. In this order, for one of those writers may commit while it is waited for.
/// </summary>
internal sealed partial class Readmission(
    CacheGate gate, RedisLink redis, Relay relay, IOptions<CacheOptions> options, TimeProvider time, ILogger<Readmission> logger)
{
    private readonly TimeSpan _writerDeadline = options.Value.WriterDeadline;

    private RedisServers? _trusted;
    private (long Generation, RedisServers Servers, TimeSpan Wait, long Since)? _return;

    /// <summary>Goes as far towards opening the gate as it can without waiting.</summary>
    /// <exception cref="Exception">Redis does not answer, or the database does not.</exception>
    public async Task AdvanceAsync(Outbox outbox, CancellationToken cancellationToken)
    {
        var generation = gate.Generation;
        if (_return?.Generation != generation)
        {
            var found = await redis.IdentifyAsync();
            _return = (generation, found, TimeToForgetWriters(found), time.GetTimestamp());
        }

        var (_, servers, wait, since) = _return.Value;
        if (time.GetElapsedTime(since) < wait)
        {
            return;
        }

        var changes = await outbox.WindowAsync(cancellationToken);
        if (await relay.InvalidateAsync(changes) && gate.TryOpen(generation))
        {
            _trusted = servers;
            Log.Opened(logger, changes.Count);
        }
    }

    private TimeSpan TimeToForgetWriters(RedisServers servers) =>
        // At the start of this process: as if it had been here when the server was started.
        _trusted is null ? (_writerDeadline > servers.Uptime ? _writerDeadline - servers.Uptime : TimeSpan.Zero)
        : servers.RunIds.IsSubsetOf(_trusted.RunIds) ? TimeSpan.Zero
        : _writerDeadline;

    private static partial class Log
    {
        [LoggerMessage(EventId = 301, Level = LogLevel.Information, Message = "Redis has caught up with the database ({Count} changes were relayed again) and is relied on.")]
        public static partial void Opened(ILogger logger, int count);
    }
}
