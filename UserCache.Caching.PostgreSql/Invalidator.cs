
namespace UserCache.Caching.PostgreSql;

/// <summary>From committed changes to deletions in Redis.</summary>
/// <param name="redis">Where they are cached.</param>
/// <param name="caches">By which keys.</param>
internal sealed class Invalidator(CacheInvalidation redis, CacheSet caches)
{
    // As much as is worth sending at once without waiting for an answer.
    private const int Pipeline = 1_000;

    /// <summary>Invalidates what the changes have made old.</summary>
    /// <param name="changes">The changes.</param>
    /// <param name="shards">Only those whose keys these have.</param>
    /// <returns>Those that were carried out, and why those of some shards were not, where that is so.</returns>
    public async Task<(IReadOnlyList<Change> Done, IReadOnlyDictionary<RedisShard, Exception> Failures)> InvalidateAsync(
        IReadOnlyCollection<Change> changes, IReadOnlyCollection<RedisShard> shards)
    {
        var done = new List<Change>(changes.Count);
        var failures = new Dictionary<RedisShard, Exception>();
        foreach (var part in changes.GroupBy(KeyOf).Chunk(Pipeline))
        {
            var rows = part.Select(row => (Changes: row, Shard: redis.ShardOf(row.Key)))
                .Where(row => shards.Contains(row.Shard) && !failures.ContainsKey(row.Shard)).ToList();
            var answers = await Task.WhenAll(
                rows.Select(row => TryInvalidateAsync(row.Changes.Key, row.Changes.Max(change => change.Version))));
            foreach (var (row, failure) in rows.Zip(answers))
            {
                if (failure is null)
                {
                    done.AddRange(row.Changes);
                }
                else
                {
                    failures[row.Shard] = failure;
                }
            }
        }

        return (done, failures);
    }

    /// <summary>The shard that has a changed row's key.</summary>
    public RedisShard ShardOf(Change change) => redis.ShardOf(KeyOf(change));

    private string KeyOf(Change change) => caches.TryGet(change.Cache, out var cache)
        ? cache.KeyOf(change.Row)
        : throw new InvalidOperationException($"There is no cache {change.Cache}.");

    private async Task<Exception?> TryInvalidateAsync(string key, long version)
    {
        try
        {
            await redis.InvalidateOlderAsync(key, version);
            return null;
        }
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
            return failure;
        }
    }
}
