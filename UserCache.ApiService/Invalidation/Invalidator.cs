using UserCache.Caching;

namespace UserCache.ApiService.Invalidation;

/// <summary>From committed changes to deletions in Redis.</summary>
/// <param name="cache">Where they are cached.</param>
/// <param name="key">The cache's key of a row's id.</param>
/// <param name="allKeys">The pattern of them, as Redis' <c>SCAN</c> takes it.</param>
internal sealed class Invalidator(CacheInvalidation cache, Func<long, string> key, string allKeys)
{
    public string AllKeys => allKeys;

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
        foreach (var part in changes.GroupBy(change => change.RowId).Chunk(Pipeline))
        {
            var rows = part.Select(row => (Changes: row, Shard: ShardOf(row.Key)))
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

    /// <summary>The shard that has a row's key.</summary>
    public RedisShard ShardOf(long id) => cache.ShardOf(key(id));

    /// <summary>See <see cref="CacheInvalidation.RehearseAsync"/>. No row has an id below 1.</summary>
    public Task RehearseAsync(RedisShard shard) => cache.RehearseAsync(shard, number => key(-number));

    private async Task<Exception?> TryInvalidateAsync(long id, long version)
    {
        try
        {
            await cache.InvalidateOlderAsync(key(id), version);
            return null;
        }
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
            return failure;
        }
    }
}
