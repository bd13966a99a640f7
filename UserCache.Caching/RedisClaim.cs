using Microsoft.Extensions.Options;
using UserCache.Caching.Scripts;

namespace UserCache.Caching;

/// <summary>
/// Which replica does what any one can do for all. It saves work and is no lock: two may have it at once, after a failover for example, and
/// who has it may be gone.
/// </summary>
internal sealed class RedisClaim(RedisShards shards, CacheRegistrations caches, IOptions<CacheOptions> options)
{
    private readonly string _keyPrefix = options.Value.KeyPrefix;
    // Who has other caches does not do it for these.
    private readonly string _caches = string.Join(',', caches.All.Select(cache => cache.Name).Order(StringComparer.Ordinal));

    /// <param name="life">For how long the others leave it to this one.</param>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<bool> TryTakeAsync(TimeSpan life)
    {
        var shard = shards.All[0];
        return (bool)await shard.Link.EvaluateAsync(
            Script.Claim, [$"{shards.TagOf(shard, _keyPrefix)}:claim:{_caches}"], [(long)life.TotalMilliseconds]);
    }
}
