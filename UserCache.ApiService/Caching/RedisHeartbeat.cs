namespace UserCache.ApiService.Caching;

/// <summary>
/// Asks Redis for a sign of life, so that a replica without traffic learns too that Redis hung: others may have gone on without it,
/// and what it holds may be old when it comes back.
/// </summary>
internal sealed partial class RedisHeartbeat(RedisLink link, CacheGate gate, TimeProvider time, ILogger<RedisHeartbeat> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var unrecorded = CacheTelemetry.StartUnrecorded();
        var wasOpen = false;
        while (true)
        {
            try
            {
                await link.PingAsync();
            }
            catch (Exception failure) when (RedisFailure.Is(failure))
            {
                gate.Shut($"no answer ({failure.Message})");
            }

            if (wasOpen && !gate.IsOpen)
            {
                Log.Shut(logger, gate.Reason);
            }

            wasOpen = gate.IsOpen;
            await Task.Delay(Interval, time, stoppingToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 120, Level = LogLevel.Warning, Message = "Redis is not relied on for now: {Reason}. Reads go to the database.")]
        public static partial void Shut(ILogger logger, string reason);
    }
}
