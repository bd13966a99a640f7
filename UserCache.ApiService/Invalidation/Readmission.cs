using Microsoft.Extensions.Options;
using UserCache.ApiService.Caching;

namespace UserCache.ApiService.Invalidation;

/// <summary>
/// Opens the gate when Redis has caught up with the database. Every change within the replay window is relayed again: a failover
/// may have brought back a server that missed them. A server that was started anew, or took over, may also have forgotten which
/// writers are active; those are waited out.
/// </summary>
internal sealed partial class Readmission(
    CacheGate gate, RedisLink redis, Relay relay, IOptions<CacheOptions> options, TimeProvider time, ILogger<Readmission> logger)
{
    private readonly TimeSpan _writerDeadline = options.Value.WriterDeadline;

    private RedisServers? _trusted;
    private long _replayedFor;
    private long _begun;
    private TimeSpan _wait;
    private RedisServers? _servers;

    /// <summary>Goes as far towards opening the gate as it can without waiting.</summary>
    /// <exception cref="Exception">Redis does not answer, or the database does not.</exception>
    public async Task AdvanceAsync(Outbox outbox, CancellationToken cancellationToken)
    {
        var generation = gate.Generation;
        if (_replayedFor != generation)
        {
            _servers = await redis.IdentifyAsync();
            _begun = time.GetTimestamp();
            _wait = TimeToForgetWriters(_servers);
            var changes = await outbox.WindowAsync(cancellationToken);
            if (!await relay.InvalidateAsync(changes))
            {
                return;
            }

            _replayedFor = generation;
            Log.Replayed(logger, changes.Count, _wait.TotalSeconds);
        }

        if (time.GetElapsedTime(_begun) >= _wait && gate.TryOpen(generation))
        {
            _trusted = _servers;
            Log.Opened(logger);
        }
    }

    private TimeSpan TimeToForgetWriters(RedisServers servers) =>
        // At the start of this process: as if it had been here when the server was started.
        _trusted is null ? (_writerDeadline > servers.Uptime ? _writerDeadline - servers.Uptime : TimeSpan.Zero)
        : servers.RunIds.IsSubsetOf(_trusted.RunIds) ? TimeSpan.Zero
        : _writerDeadline;

    private static partial class Log
    {
        [LoggerMessage(EventId = 300, Level = LogLevel.Debug, Message = "{Count} changes were relayed again; the writers before are waited for {Seconds:0.0} s.")]
        public static partial void Replayed(ILogger logger, int count, double seconds);

        [LoggerMessage(EventId = 301, Level = LogLevel.Information, Message = "Redis has caught up with the database and is relied on.")]
        public static partial void Opened(ILogger logger);
    }
}
