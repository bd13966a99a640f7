using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>The servers that hold the values.</summary>
internal static class RedisPrimaries
{
    /// <summary>Those that there is a connection to.</summary>
    public static List<IServer> Of(IConnectionMultiplexer redis) =>
        [.. redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false })];

    /// <summary>Tells when they are others than before. (The client tells of each look at a server that is gone as well.)</summary>
    public static void OnChange(IConnectionMultiplexer redis, Action<IReadOnlyCollection<IServer>> changed)
    {
        var known = Of(redis);
        redis.ConfigurationChanged += (_, _) =>
        {
            var now = Of(redis);
            if (!Interlocked.Exchange(ref known, now).ToHashSet().SetEquals(now))
            {
                changed(now);
            }
        };
    }
}
