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
    /// <returns>Those that Redis has carried out, and why it has not the others, if there are any.</returns>
    public async Task<(IReadOnlyList<Change> Done, Exception? Failure)> InvalidateAsync(IReadOnlyCollection<Change> changes)
    {
        var done = new List<Change>(changes.Count);
        foreach (var part in changes.GroupBy(change => change.RowId).Chunk(Pipeline))
        {
            var failures = await Task.WhenAll(part.Select(row => TryInvalidateAsync(row.Key, row.Max(change => change.Version))));
            done.AddRange(part.Zip(failures).Where(row => row.Second is null).SelectMany(row => row.First));
            if (Array.Find(failures, failure => failure is not null) is { } failure)
            {
                return (done, failure);
            }
        }

        return (done, null);
    }

    /// <summary>See <see cref="CacheInvalidation.RehearseAsync"/>. No row has the id 0.</summary>
    public Task RehearseAsync() => cache.RehearseAsync(key(0));

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
