using UserCache.ApiService.Caching;

namespace UserCache.ApiService.Invalidation;

/// <summary>From committed changes to deletions in Redis.</summary>
/// <param name="store">Redis.</param>
/// <param name="key">The cache's key of a row's id.</param>
internal sealed class Relay(CacheStore store, Func<long, string> key)
{
    // As much as is worth sending at once without waiting for an answer.
    private const int Pipeline = 1_000;

    /// <summary>Invalidates what the changes have made old.</summary>
    /// <returns>Whether Redis has carried out all of it.</returns>
    public async Task<bool> InvalidateAsync(IReadOnlyCollection<Change> changes)
    {
        var newest = changes.GroupBy(change => change.RowId, (id, all) => (Key: key(id), Version: all.Max(change => change.Version)));
        foreach (var part in newest.Chunk(Pipeline))
        {
            var carriedOut = await Task.WhenAll(part.Select(change => store.InvalidateOlderAsync(change.Key, change.Version)));
            if (!carriedOut.All(done => done))
            {
                return false;
            }
        }

        return true;
    }
}
