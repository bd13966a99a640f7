using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>
/// Looks keys up in Redis: the way of every hit. Redis is optional: nothing here throws because of it, and what it answers counts only
/// if the gate was open before and has not been shut since.
/// </summary>
internal sealed class CacheReader(CacheStore store, RedisLink redis, BatchedGets gets, CacheGate gate)
{
    private const string Get = "GET";

    /// <summary>Looks a key up.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<CacheLookup> ReadAsync(string key)
    {
        if (!gate.TryEnter(out var pass))
        {
            return default;
        }

        Got got;
        try
        {
            got = CacheTelemetry.IsRecorded ? await GetTracedAsync(key) : await gets.GetAsync(key);
        }
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
            store.NoteFailure("read", key, failure);
            return default;
        }

        return gate.IsStill(pass) ? await ParseAsync(key, got.Value) : default;
    }

    /// <summary>Looks many keys up at once.</summary>
    /// <returns>In the order of the keys.</returns>
    public async Task<CacheLookup[]> ReadAsync(IReadOnlyList<string> keys)
    {
        var lookups = new CacheLookup[keys.Count];
        if (!gate.TryEnter(out var pass))
        {
            return lookups;
        }

        RedisValue[]? stored;
        try
        {
            stored = redis.IsCluster ? null : await redis.GetAsync([.. keys.Select(key => (RedisKey)key)], span: Get);
        }
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
            store.NoteFailure("read", keys[0], failure);
            return lookups;
        }

        if (stored is null)
        {
            return await Task.WhenAll(keys.Select(key => ReadAsync(key).AsTask()));
        }

        for (var place = 0; place < keys.Count && gate.IsStill(pass); place++)
        {
            lookups[place] = await ParseAsync(keys[place], stored[place]);
        }

        return lookups;
    }

    private ValueTask<CacheLookup> ParseAsync(string key, RedisValue stored) =>
        stored.IsNull ? new(new CacheLookup(Available: true, Entry: null))
        : store.TryParse(stored, out var entry) ? new(new CacheLookup(Available: true, entry))
        : DeleteUnreadableAsync(key);

    private async ValueTask<CacheLookup> DeleteUnreadableAsync(string key) => new(Available: await store.DeleteUnreadableAsync(key), Entry: null);

    // The trip is not this reader's alone: it has the span of its own part.
    private async Task<Got> GetTracedAsync(string key)
    {
        using var span = redis.StartSpan(Get);
        try
        {
            var got = await gets.GetAsync(key);
            CacheTelemetry.Shared(span, got.BatchSize);
            return got;
        }
        catch (Exception failure)
        {
            CacheTelemetry.Failed(span, failure);
            throw;
        }
    }
}
