using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>
/// Opens the connection to Redis before the first request comes and says in one sentence how that went. The service starts
/// in every case: without Redis it reads the database until the client, which goes on trying, is connected.
/// </summary>
internal sealed partial class RedisStartupCheck(
    IServiceProvider services, CacheRegistrations caches, ILogger<RedisStartupCheck> logger) : IHostedService
{
    private const int Looks = 6;
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var cache in caches.All)
        {
            services.GetRequiredKeyedService<CacheMetrics>(cache.Name).Begin();
        }

        using var unrecorded = CacheTelemetry.StartUnrecorded();
        // Resolving the connection opens it, and blocks for up to the connect timeout.
        var redis = await Task.Run(services.GetRequiredService<IConnectionMultiplexer>, cancellationToken);
        var server = string.Join(", ", redis.GetEndPoints().Select(endpoint => Format(endpoint)));
        for (var look = 1; ; look++)
        {
            try
            {
                var time = await redis.GetDatabase().PingAsync();
                Log.Connected(logger, server, time.TotalMilliseconds);
                return;
            }
            // The client cancels what it could not send.
            catch (Exception failure) when (RedisFailure.Is(failure) || failure is OperationCanceledException)
            {
                // While the client tries once more, it does not say why it did not succeed before. When nothing is heard at all, not even
                // an error, it hangs: it accepts connections then.
                var isTrying = RedisFailure.Cause(failure) is null && failure.GetBaseException() is RedisConnectionException;
                if (!isTrying || look == Looks)
                {
                    Log.NotConnected(logger, server, isTrying ? RedisFailure.TimedOut : RedisFailure.Explain(failure));
                    return;
                }
            }

            await Task.Delay(LookInterval, cancellationToken);
        }
    }

    // The container disposes the connection, which closes it.
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static string Format(System.Net.EndPoint endpoint) =>
        endpoint.ToString()!.Replace("Unspecified/", "", StringComparison.Ordinal);

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 110, Level = LogLevel.Information, Message = "Redis at {Server} is connected; it answered in {Milliseconds:0.0} ms.")]
        public static partial void Connected(ILogger logger, string server, double milliseconds);

        [LoggerMessage(
            EventId = 111, Level = LogLevel.Warning,
            Message = "Redis at {Server} is not connected ({Reason}); reading the database until it is.")]
        public static partial void NotConnected(ILogger logger, string server, string reason);
    }
}
