namespace UserCache.Tests.Engine;

/// <summary>Many keys at once.</summary>
public sealed class BatchTests(SharedRedis redis) : EngineTest(redis)
{
    [Fact]
    public async Task Batch_is_answered_in_order_with_one_load_for_all_that_misses()
    {
        var (replica, cached, none) = (Replica(), NewRow(version: 2), NewRow(version: 0));
        var (missing, absent) = (NewRow(version: 3), NewRow(version: 0));
        await replica.GetManyAsync(cached, none);

        var results = await replica.GetManyAsync(missing, cached, absent, none);

        Assert.Equal(
            [(CacheOutcome.Miss, 3, true), (CacheOutcome.Hit, 2, false), (CacheOutcome.Miss, 0, true), (CacheOutcome.Negative, 0, false)],
            results.Select(result => (result.Outcome, result.Payload.Version, result.Stored)));
        Assert.Equal([missing, absent], Source.Loads[^1]);
        Assert.Equal(2, Source.Loads.Count);
        Assert.All(await replica.GetManyAsync(missing, cached, absent, none), result => Assert.True(result.IsHit));
    }

    [Fact]
    public async Task Two_batches_that_each_hold_what_the_other_wants_load_each_key_once()
    {
        var (one, other, keys) = (Replica(), Replica(), new[] { NewRow(), NewRow() });
        // Each asks for the other's key only when the other has won it.
        LetAsk(one, keys[1], after: other);
        LetAsk(other, keys[0], after: one);

        var batches = Task.WhenAll(one.GetManyAsync(keys), other.GetManyAsync([.. keys.Reverse()]));
        var results = await one.RunClockAsync(other.RunClockAsync(batches, TimeSpan.FromMilliseconds(50)), TimeSpan.FromMilliseconds(50));

        Assert.All(
            results, batch => Assert.Equal([CacheOutcome.Miss, CacheOutcome.Collapsed], batch.Select(result => result.Outcome).Order()));
        Assert.Equal(keys.Order(), Source.Loads.Select(load => Assert.Single(load)).Order());

        void LetAsk(EngineReplica replica, string key, EngineReplica after) => replica.Redis.Before(
            "acquire",
            () => EngineReplica.UntilAsync(async () => await Stored.KeyExistsAsync(Lease(key)) || await IsStoredAsync(key)),
            key);
    }
}
