using System.Runtime.CompilerServices;
using StackExchange.Redis;
using UserCache.Caching.Scripts;

namespace UserCache.Caching;

/// <summary>
/// Looks keys up, near and in Redis: the way of every hit. Redis is optional: nothing here throws because of it, and what it answers counts
/// only if the gate was open before and has not been shut since.
/// </summary>
internal sealed class CacheReader(CacheStore store, CacheScripts scripts, RedisShards shards, BatchedGets gets, NearCache near)
{
    private const string Get = "GET";

    /// <summary>Looks a key up.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<CacheLookup> ReadAsync(string key)
    {
        var (link, gate) = shards.Of(key);
        if (!gate.TryEnter(out var pass))
        {
            return default;
        }

        if (near.TryGet(key, pass, out var copy, out var note))
        {
            return new CacheLookup(Available: true, copy, IsNear: true);
        }

        Got got;
        try
        {
            got = CacheTelemetry.IsRecorded ? await GetTracedAsync(link, key) : await GetAsync(link, key);
        }
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
            NoteUnread([key], failure);
            return default;
        }

        return gate.IsStill(pass) ? await ParseAsync(key, got.Value, note) : default;
    }

    /// <summary>Looks many keys up at once.</summary>
    /// <returns>In the order of the keys.</returns>
    public async Task<CacheLookup[]> ReadAsync(IReadOnlyList<string> keys)
    {
        if (shards.IsCluster || shards.Whole.Link.IsCrossSlot)
        {
            return await Task.WhenAll(keys.Select(key => ReadAsync(key).AsTask()));
        }

        var (link, gate) = shards.Whole;
        var lookups = new CacheLookup[keys.Count];
        if (!gate.TryEnter(out var pass))
        {
            return lookups;
        }

        var notes = new NearNote[keys.Count];
        var asked = new List<int>(keys.Count);
        for (var place = 0; place < keys.Count; place++)
        {
            if (near.TryGet(keys[place], pass, out var copy, out notes[place]))
            {
                lookups[place] = new CacheLookup(Available: true, copy, IsNear: true);
            }
            else
            {
                asked.Add(place);
            }
        }

        if (asked.Count == 0)
        {
            return lookups;
        }

        RedisValue[]? stored;
        try
        {
            stored = await link.GetAsync([.. asked.Select(place => (RedisKey)keys[place])], span: Get);
        }
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
            NoteUnread([.. asked.Select(place => keys[place])], failure);
            return lookups;
        }

        if (stored is null)
        {
            return await Task.WhenAll(keys.Select(key => ReadAsync(key).AsTask()));
        }

        for (var answer = 0; answer < asked.Count && gate.IsStill(pass); answer++)
        {
            var place = asked[answer];
            lookups[place] = await ParseAsync(keys[place], stored[answer], notes[place]);
        }

        return lookups;
    }

    private ValueTask<CacheLookup> ParseAsync(string key, RedisValue stored, in NearNote note)
    {
        if (stored.IsNull)
        {
            return new(new CacheLookup(Available: true, Entry: null));
        }

        if (!store.TryParse(key, stored, out var entry))
        {
            return DiscardAsync(key, stored);
        }

        near.Keep(key, entry.Value, note);
        return new(new CacheLookup(Available: true, entry));
    }

    private async ValueTask<CacheLookup> DiscardAsync(string key, RedisValue stored) =>
        new(Available: await store.DiscardAsync(key, stored), Entry: null);

    private void NoteUnread(string[] keys, Exception failure)
    {
        scripts.NoteFailure("read", keys[0], failure);
        if (failure is RedisTimeoutException)
        {
            Array.ForEach(keys, DiscardIfTooLarge);
        }
    }

    // One of them may be why Redis did not answer in time; then that must not happen again. The breaker may have opened for it.
    private void DiscardIfTooLarge(string key) => _ = shards.Of(key).Link.SendAsync(Script.Discard, [key], [CacheEntry.MaxBytes]);

    // The one that the pass is for is asked, whatever the shards are by now.
    private ValueTask<Got> GetAsync(RedisLink link, string key) =>
        link == shards.Whole.Link ? gets.GetAsync(key) : new(GetAloneAsync(link, key));

    private static async Task<Got> GetAloneAsync(RedisLink link, string key) => new(await link.GetAsync(key), BatchSize: 1);

    // The trip is not this reader's alone: it has the span of its own part.
    private async Task<Got> GetTracedAsync(RedisLink link, string key)
    {
        using var span = link.StartSpan(Get);
        try
        {
            var got = await GetAsync(link, key);
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
