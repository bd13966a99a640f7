using Microsoft.Extensions.Options;
using UserCache.Caching.Scripts;

namespace UserCache.Caching;

/// <summary>
/// Whose turn it is to do what any one replica can do for all. It saves work and is no lock: two may have a turn at once, after a failover
/// for example, and who has one may be gone.
/// </summary>
internal sealed class RedisTurn(RedisShards shards, IOptions<CacheOptions> options)
{
    private readonly string _keyPrefix = options.Value.KeyPrefix;

    /// <param name="life">For how long nobody else has the next one.</param>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<bool> TryTakeAsync(TimeSpan life)
    {
        var shard = shards.All[0];
        var key = shards.FirstOf(shard, number => $"{{{_keyPrefix}UserCache:{number}}}:turn");
        return (bool)await shard.Link.EvaluateAsync(Script.TakeTurn, [key], [(long)life.TotalMilliseconds]);
    }
}
