using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>Which exceptions mean that Redis, or the connection to it, failed: the client's have no common base.</summary>
public static class RedisFailure
{
    /// <summary>Whether Redis is to blame.</summary>
    public static bool Is(Exception exception) =>
        // A disposed connection: the service is stopping.
        exception is RedisException or RedisTimeoutException or RedisCommandException or BrokenCircuitException or ObjectDisposedException;

    /// <summary>Whether the key holds no string: someone else keeps a list or a hash there.</summary>
    internal static bool IsWrongType(RedisServerException failure) => failure.Message.Contains("WRONGTYPE", StringComparison.Ordinal);

    /// <summary>The reason in one sentence: behind it the client lists a screenful of its counters.</summary>
    public static string Explain(Exception exception)
    {
        var message = exception.GetBaseException().Message;
        var counters = message.IndexOf(", command=", StringComparison.Ordinal);
        return counters < 0 ? message : message[..counters];
    }
}
