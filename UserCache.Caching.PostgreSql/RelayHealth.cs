using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;

namespace UserCache.Caching.PostgreSql;

/// <summary>
/// Tells the log, and within a second the probes, when this replica goes without its cache or does not relay changes to it, and why. A
/// replica is ready when the gate has opened for the first time, or Redis turned out to be away.
/// </summary>
internal sealed partial class RelayHealth(
    CacheGates gates, IOptions<InvalidationOptions> options, TimeProvider time, ILogger<RelayHealth> logger) : IHealthCheck
{
    // Turns take milliseconds; a machine that is busy has a moment's breathlessness now and then.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(700);

    private readonly TimeSpan _patience = options.Value.PollInterval + Breath;
    private readonly HashSet<string> _told = [];
    private long _progress = time.GetTimestamp();
    private bool? _isRedis;
    private volatile string? _failure;
    private volatile bool _isReady;
    private volatile string? _unrecorded;

    /// <summary>To be told when the gate has opened, or won't for now.</summary>
    public void NoteReady() => _isReady = true;

    /// <summary>To be told which caches' tables have not all triggers: what is changed there may not be relayed.</summary>
    public void NoteUnrecorded(IReadOnlyCollection<string> caches)
    {
        var names = caches.Count > 0 ? string.Join(", ", caches) : null;
        if (names is not null && names != _unrecorded)
        {
            Log.Unrecorded(logger, names);
        }

        _unrecorded = names;
    }

    /// <summary>To be told when changes have been relayed, or there were none.</summary>
    public void NoteProgress()
    {
        Volatile.Write(ref _progress, time.GetTimestamp());
        (_failure, _isRedis) = (null, null);
        _told.Clear();
    }

    /// <summary>Whether Redis is to blame. It is unless the database has to do with it: Redis may answer what nobody expects.</summary>
    public static bool IsOfRedis(Exception failure) => RedisFailure.Is(failure) || !DatabaseFailure.Is(failure);

    /// <summary>To be told why they have not.</summary>
    public void NoteFailure(Exception failure)
    {
        var isRedis = IsOfRedis(failure);
        var reason = isRedis ? RedisFailure.Explain(failure) : DatabaseFailure.Explain(failure);
        // Once for each outage, however it shows from turn to turn; but what a server itself says, such as that the password is wrong, is
        // why the connection that was lost before does not come back.
        var isAnswer = RedisFailure.IsRefusal(failure) || failure.GetBaseException() is PostgresException;
        if (isRedis != _isRedis | (isAnswer && _told.Add(reason)))
        {
            if (isRedis)
            {
                Log.RedisAway(logger, reason);
            }
            else
            {
                Log.OutboxAway(logger, reason);
            }
        }

        (_failure, _isRedis) = (reason, isRedis);
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Check());

    private HealthCheckResult Check() =>
        !_isReady ? HealthCheckResult.Unhealthy("The cache has not been compared with the database yet.")
        : !gates.IsOpen ? HealthCheckResult.Degraded($"Redis is not relied on, and reads go to the database: {_failure ?? gates.Reason}")
        : time.GetElapsedTime(Volatile.Read(ref _progress)) > _patience
            ? HealthCheckResult.Degraded($"Changes wait to be relayed: {_failure ?? "the database takes long to answer"}")
        : _unrecorded is { } caches ? HealthCheckResult.Degraded($"Changes of {caches} may go unrecorded: triggers are missing or off.")
        : HealthCheckResult.Healthy();

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 314, Level = LogLevel.Error,
            Message = "Changes of {Caches} may go unrecorded: triggers of its table are missing or disabled. What is cached may "
                + "be as old as its expiry allows. A migration adds them: migrationBuilder.AddCacheInvalidation(table, key, cache).")]
        public static partial void Unrecorded(ILogger logger, string caches);

        [LoggerMessage(EventId = 310, Level = LogLevel.Warning, Message = "Changes cannot be relayed to Redis for now: {Reason}")]
        public static partial void RedisAway(ILogger logger, string reason);

        [LoggerMessage(
            EventId = 312, Level = LogLevel.Warning,
            Message = "The outbox cannot be read for now, so that changes wait to be relayed: {Reason}")]
        public static partial void OutboxAway(ILogger logger, string reason);
    }
}
