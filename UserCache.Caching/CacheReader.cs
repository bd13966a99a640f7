using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>
/// Looks keys up in Redis: the way of every hit. Redis is optional: nothing here throws because of it, and what it answers counts only
/// if the gate was open before and has not been shut since.
/// </summary>
internal sealed class CacheReader(CacheStore store, RedisLink redis, BatchedGets gets, CacheGate gate)
{
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

        return !gate.IsStill(pass) ? default
            : got.Value.IsNull ? new CacheLookup(Available: true, Entry: null)
            : store.TryParse(got.Value, out var entry) ? new CacheLookup(Available: true, entry)
            : new CacheLookup(Available: await store.DeleteUnreadableAsync(key), Entry: null);
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
            using var span = redis.IsCluster ? null : CacheTelemetry.StartCommand("GET", redis.EndPoint, keys.Count);
            stored = redis.IsCluster ? null : await redis.GetAsync([.. keys.Select(key => (RedisKey)key)]);
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
            lookups[place] = stored[place].IsNull ? new CacheLookup(Available: true, Entry: null)
                : store.TryParse(stored[place], out var entry) ? new CacheLookup(Available: true, entry)
                : new CacheLookup(Available: await store.DeleteUnreadableAsync(keys[place]), Entry: null);
        }

        return lookups;
    }

    private async Task<Got> GetTracedAsync(string key)
    {
        using var span = CacheTelemetry.StartCommand("GET", redis.EndPoint);
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
