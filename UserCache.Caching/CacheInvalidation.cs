using Microsoft.Extensions.Options;
using UserCache.Caching.Scripts;

namespace UserCache.Caching;

/// <summary>A write that has begun, as far as caches are concerned.</summary>
/// <param name="Keys">The keys in Redis, in their order.</param>
/// <param name="Token">Tells this write from others.</param>
/// <param name="IsBegun">
/// Whether Redis was reached for all of them: otherwise it may be asked for an old value after someone has seen a new one.
/// </param>
/// <param name="TimeToCommit">After this time the write must not be committed any more: the cache takes it for dead soon after.</param>
public readonly record struct CacheWrite(IReadOnlyList<string> Keys, string Token, bool IsBegun, TimeSpan TimeToCommit);

/// <summary>
/// What whoever changes the source, or relays its changes, tells the cache. It speaks to Redis whether or not the gate is open: other
/// replicas may believe what is cached while this one does not.
/// </summary>
public sealed class CacheInvalidation
{
    private readonly CacheScripts _scripts;
    private readonly CacheStore _store;
    private readonly RedisShards _shards;
    private readonly RedisIdentity _identity;
    private readonly RedisClaim _claim;
    private readonly CacheRegistrations _caches;
    private readonly TimeSpan _timeToCommit;
    private readonly TimeProvider _time;

    internal CacheInvalidation(
        CacheScripts scripts, CacheStore store, RedisShards shards, RedisIdentity identity, RedisClaim claim,
        CacheRegistrations caches, IOptions<CacheOptions> options, TimeProvider time)
    {
        (_scripts, _store, _shards, _identity, _claim, _caches) = (scripts, store, shards, identity, claim, caches);
        (_timeToCommit, _time) = (options.Value.TimeToCommit, time);
    }

    /// <summary>All shards that have keys; one, unless Redis is a cluster.</summary>
    public IReadOnlyList<RedisShard> Shards => _shards.All;

    /// <summary>The shard that has a key.</summary>
    public RedisShard ShardOf(string key) => _shards.Of(key);

    /// <summary>Looks which shards there are by now. To be called again and again, by one at a time.</summary>
    public Task LookForShardsAsync() => _shards.LookAsync();

    /// <summary>
    /// To be called when a change of the source is made but not committed: for all its rows at once, so that who reads two of them never
    /// sees the change in the one and, later, not in the other. Until the write ends, or is taken for dead, all read these rows from the
    /// source.
    /// </summary>
    /// <param name="keys">The keys in Redis of all rows that are changed. They are told in one trip, in the order of the keys.</param>
    /// <returns>The write. When Redis was not reached it goes on all the same: its end, or the relay, makes the cache forget.</returns>
    public async Task<CacheWrite> BeginWriteAsync(params IEnumerable<string> keys)
    {
        var token = Guid.NewGuid().ToString("N");
        var begun = _time.GetTimestamp();
        string[] ordered = [.. keys.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var isBegun = await AllAsync(ordered, key => _store.BeginWriteAsync(key, token));
        var left = _timeToCommit - _time.GetElapsedTime(begun);
        return new CacheWrite(ordered, token, isBegun, left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    /// <summary>
    /// To be called when the change is committed or rolled back, but not when nobody knows which: then the write is left to its deadline.
    /// </summary>
    /// <param name="write">The write that has begun.</param>
    /// <returns>
    /// Whether all reads agree on when the change was made, and every later one gives it. Otherwise Redis was not reached, and that takes
    /// until the change is relayed.
    /// </returns>
    public async Task<bool> EndWriteAsync(CacheWrite write) =>
        await AllAsync(write.Keys, key => _store.EndWriteAsync(key, write.Token)) && write.IsBegun;

    /// <summary>Removes the entry if it is older than a version. Idempotent; safe to do late and in any order.</summary>
    /// <param name="key">The key in Redis.</param>
    /// <param name="version">Of a committed change; at least 1.</param>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows; then it may or may not be done.</exception>
    public Task InvalidateOlderAsync(string key, long version) => _store.InvalidateOlderAsync(key, version);

    /// <summary>
    /// Makes every step of the protocol, on a key of each cache that is no row's: what Redis refuses shows before it is relied on, for its
    /// user may lack rights. Nothing is left there.
    /// </summary>
    /// <param name="shard">Of which.</param>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public Task RehearseAsync(RedisShard shard) => Task.WhenAll(_caches.Prefixes.Select(prefix => RehearseAsync(shard, prefix)));

    /// <summary>
    /// Removes all entries of all caches, whatever their versions: cheaper than to name those that have changed where these are many.
    /// </summary>
    /// <param name="shard">From which.</param>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public KeyRemoval InvalidateAll(RedisShard shard) =>
        new(
            [shard], _store,
            [.. _caches.Prefixes.Select(prefix => CacheScripts.LeaseOf($"{prefix}*")), .. _caches.Prefixes.Select(prefix => $"{prefix}*")]);

    /// <summary>How many keys a shard has in all, those of others among them.</summary>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public static async Task<long> CountKeysAsync(RedisShard shard) =>
        (await shard.Link.ExecuteAsync(
            static (_, link) => Task.WhenAll(link.Primaries().Select(primary => primary.DatabaseSizeAsync())), shard.Link)).Sum();

    /// <summary>Asks a shard who it is, and whether it still has what this replica told it.</summary>
    /// <param name="shard">Which.</param>
    /// <param name="source">Tells the source that is cached from any other.</param>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public Task<RedisServers> IdentifyAsync(RedisShard shard, string source) => _identity.IdentifyAsync(shard, source);

    /// <summary>
    /// Asks whether this replica may do what any one can do for all. That saves work, and is no lock: two may have it at once, and who has
    /// it may be gone.
    /// </summary>
    /// <param name="life">For how long the others leave it to this one; a millisecond at least.</param>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public Task<bool> TryClaimAsync(TimeSpan life) => _claim.TryTakeAsync(life);

    private async Task RehearseAsync(RedisShard shard, string prefix)
    {
        const int Milliseconds = 1_000;
        var key = _shards.FirstOf(shard, number => RowKey.OfNoRow(number, prefix));
        var token = Guid.NewGuid().ToString("N");
        await _scripts.RunAsync(Script.BeginWrite, key, [token, Milliseconds]);
        await _scripts.RunAsync(Script.EndWrite, key, [token]);
        await _scripts.RunAsync(Script.Acquire, key, [token, Milliseconds, CacheEntry.MaxBytes]);
        await _scripts.RunAsync(Script.InvalidateOlder, key, [1]);
        await _scripts.RunAsync(Script.Fill, key, [token, 1, "rehearsal", Milliseconds]);
        await shard.Link.GetAsync(key);
        if (!_shards.IsCluster)
        {
            await shard.Link.GetAsync([key, key]);
        }

        // Nobody waits for it, and by then it should be known.
        await _scripts.RunAsync(Script.Discard, key, [CacheEntry.MaxBytes]);
        await _scripts.RunAsync(Script.InvalidateOlder, key, [long.MaxValue]);
    }

    private static async Task<bool> AllAsync(IReadOnlyList<string> keys, Func<string, Task<bool>> step) =>
        Array.TrueForAll(await Task.WhenAll(keys.Select(step)), isDone => isDone);
}
