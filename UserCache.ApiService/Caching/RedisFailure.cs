using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace UserCache.ApiService.Caching;

/// <summary>Which exceptions mean that Redis, or the connection to it, failed: the client's have no common base.</summary>
internal static class RedisFailure
{
    public static bool Is(Exception exception) =>
        // A disposed connection: the service is stopping.
        exception is RedisException or RedisTimeoutException or RedisCommandException or BrokenCircuitException or ObjectDisposedException;
}
