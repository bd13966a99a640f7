
namespace UserCache.Caching.PostgreSql;

/// <summary>The relays to all shards, as they are by now. What fails on one of them is noted there, and costs the others nothing.</summary>
internal sealed class ShardRelays(CacheInvalidation cache, Func<RedisShard, ShardRelay> newRelay, TimeProvider time)
{
    // For shards that are not relied on, for the sake of the others.
    private static readonly TimeSpan Courtesy = TimeSpan.FromMilliseconds(50);

    /// <summary>All of them, in the order of their slots.</summary>
    public List<ShardRelay> All { get; private set; } = [];

    /// <summary>Those that take changes in this turn.</summary>
    public List<ShardRelay> Taking => All.FindAll(shard => shard.TakesChanges);

    /// <summary>Whether there is work to do at once.</summary>
    public bool AreBusy => All.Exists(shard => shard.IsBusy);

    /// <summary>Asks all who they are, and goes some way towards relying on those that have answered.</summary>
    /// <param name="source">Tells the database from any other.</param>
    /// <param name="atMost">For how long, each.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Exception">The database does not answer.</exception>
    public async Task AdvanceAsync(string source, TimeSpan atMost, CancellationToken cancellationToken)
    {
        await cache.LookForShardsAsync();
        if (!All.Select(shard => shard.Shard).SequenceEqual(cache.Shards))
        {
            All = [.. cache.Shards.Select(shard => All.Find(known => known.Shard == shard) ?? newRelay(shard))];
        }

        var asked = All.ConvertAll(shard => (shard.Shard.Gate.IsOpen, Answered: shard.AskAsync(source)));
        await Task.WhenAll(asked.Where(shard => shard.IsOpen).Select(shard => shard.Answered));
        await Task.WhenAny(Task.WhenAll(asked.Select(shard => shard.Answered)), Task.Delay(Courtesy, time, cancellationToken));
        await Task.WhenAll(All.Select(shard => TryAsync(shard, () => shard.AdvanceAsync(source, atMost, cancellationToken))));
    }

    /// <summary>
    /// Whether to look for changes in this turn: if all is well another replica may have done so just now, for all. It may be gone before
    /// it has relayed them, so that the next look comes soon.
    /// </summary>
    /// <param name="life">For how long the others leave it to this one.</param>
    public async Task<bool> AreToLookAsync(TimeSpan life)
    {
        if (All.Count == 0 || !All.TrueForAll(shard => shard.IsWell))
        {
            return true;
        }

        var isOurs = true;
        await TryAsync(All[0], async () => isOurs = await cache.TryClaimAsync(life));
        return isOurs;
    }

    /// <summary>Looks whether some are still the same, other than at the beginning of a turn.</summary>
    public static Task WatchAsync(List<ShardRelay> some, string source) =>
        Task.WhenAll(some.Select(shard => TryAsync(shard, () => shard.WatchAsync(source))));

    /// <summary>How many keys those have that take changes.</summary>
    public async Task<long> CountKeysAsync()
    {
        var counts = await Task.WhenAll(Taking.Select(async shard =>
        {
            var count = 0L;
            await TryAsync(shard, async () => count = await shard.CountKeysAsync());
            return count;
        }));
        return counts.Sum();
    }

    /// <summary>See <see cref="ShardRelay.BeginBacklogAsync"/>.</summary>
    public Task BeginBacklogsAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Taking.Select(shard => TryAsync(shard, () => shard.BeginBacklogAsync(cancellationToken))));

    private static async Task TryAsync(ShardRelay shard, Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception failure) when (RelayHealth.IsOfRedis(failure))
        {
            shard.NoteFailure(failure);
        }
    }
}
