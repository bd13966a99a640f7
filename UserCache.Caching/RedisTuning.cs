using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>How the client of Redis is set for a cache.</summary>
public static class RedisTuning
{
    private const int ConnectTimeoutMilliseconds = 2_000;
    private const int ConfigCheckSeconds = 2;

    private static readonly TimeSpan ReconnectInterval = TimeSpan.FromMilliseconds(500);

    // Command timeouts are noticed by the client's heartbeat: its default, a second, would make 250 ms into more than one second.
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Short waits, and no queueing of commands while disconnected: a request is better off with the database than in a backlog. And
    /// nothing is sent over a new connection before the gate is shut.
    /// </summary>
    /// <param name="options">The client's options, before it connects.</param>
    /// <param name="cache">Has the timeout of commands.</param>
    /// <param name="gates">Those of the cache for which the client is.</param>
    public static void TuneForCaching(this ConfigurationOptions options, CacheOptions cache, CacheGates gates)
    {
        var timeout = (int)cache.RedisTimeout.TotalMilliseconds;
        options.AbortOnConnectFail = false;
        // For INFO, which tells one run of a server from the next.
        options.AllowAdmin = true;
        // How soon a replica that has taken over is noticed, where nobody announces it.
        options.ConfigCheckSeconds = ConfigCheckSeconds;
        // Its exceptions otherwise carry a screenful of counters each.
        options.IncludeDetailInExceptions = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.AsyncTimeout = timeout;
        options.SyncTimeout = timeout;
        options.ConnectTimeout = ConnectTimeoutMilliseconds;
        options.ConnectRetry = 1;
        options.ReconnectRetryPolicy = new LinearRetry((int)ReconnectInterval.TotalMilliseconds);
        options.HeartbeatInterval = HeartbeatInterval;
        options.Tunnel = new GateTunnel(gates, options.Tunnel);
    }
}
