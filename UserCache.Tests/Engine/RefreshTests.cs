namespace UserCache.Tests.Engine;

/// <summary>Entries past their soft expiry.</summary>
public sealed class RefreshTests(SharedRedis redis) : EngineTest(redis)
{
    [Fact]
    public async Task Entry_past_its_soft_expiry_is_refreshed_once_over_two_replicas_and_nobody_waits()
    {
        var (first, second, key) = (Replica(), Replica(), NewRow());
        await first.GetAsync(key);
        Source.Set(key, 2);
        first.Time.Advance(TimeSpan.FromMinutes(6));
        second.Time.Advance(TimeSpan.FromMinutes(6));
        var load = Source.Hold();

        var results = await Task.WhenAll(Enumerable.Range(0, 60).Select(reader => (reader % 2 == 0 ? first : second).GetAsync(key)));
        Assert.All(results, result => AssertRead(result, CacheOutcome.Stale, 1));
        Assert.All(results, result => Assert.True(result is { IsHit: true, Ttl: { } ttl } && ttl < TimeSpan.Zero));
        await load.Begun;
        load.Release();

        await EngineReplica.UntilAsync(async () => (await second.GetAsync(key)).Outcome == CacheOutcome.Hit);
        AssertRead(await second.GetAsync(key), CacheOutcome.Hit, 2);
        Assert.Equal(2, Source.Loads.Count);
    }

    [Fact]
    public async Task Value_is_not_refreshed_again_by_who_saw_it_before_another_had_refreshed_it()
    {
        var (late, other, key) = (Replica(), Replica(), NewRow());
        await StoreStaleAsync(key, version: 1);
        var refreshed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        late.Redis.Before("acquire-refresh", () => refreshed.Task);
        late.Redis.After("acquire-refresh", answered.SetResult);
        AssertRead(await late.GetAsync(key), CacheOutcome.Stale, 1);

        AssertRead(await other.GetAsync(key), CacheOutcome.Stale, 1);
        await EngineReplica.UntilAsync(async () => (await other.GetAsync(key)).Outcome == CacheOutcome.Hit);
        // If it loaded all the same, it would keep its lease.
        Source.Hold();
        refreshed.SetResult();
        await answered.Task;

        Assert.False(await Stored.KeyExistsAsync(Lease(key)));
        Assert.Single(Source.Loads);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refresh_overtaken_by_a_write_or_a_relayed_change_leaves_nothing_behind(bool isRelayed)
    {
        var (replica, other, key) = (Replica(), Replica(), NewRow());
        using var rejected = replica.Collect<long>(CacheTelemetry.FillRejected);
        await StoreStaleAsync(key, version: 1);
        var load = Source.Hold();
        AssertRead(await replica.GetAsync(key), CacheOutcome.Stale, 1);
        await load.Begun;

        Source.Set(key, 2);
        await (isRelayed ? other.Invalidation.InvalidateOlderAsync(key, version: 2) : WriteAsync(other, key, version: 2));
        load.Release();

        await EngineReplica.UntilAsync(() => rejected.LastMeasurement?.Value == 1);
        Assert.False(await IsStoredAsync(key));
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 2, stored: true);
    }

    [Fact]
    public async Task Batch_of_entries_past_their_soft_expiry_is_refreshed_with_one_load()
    {
        var (replica, keys) = (Replica(), Enumerable.Range(0, 20).Select(_ => NewRow()).ToArray());
        await Task.WhenAll(keys.Select(key => StoreStaleAsync(key, version: 1)));

        Assert.All(await replica.GetManyAsync(keys), result => AssertRead(result, CacheOutcome.Stale, 1));

        await EngineReplica.UntilAsync(async () => (await replica.GetManyAsync(keys)).All(result => result.Outcome == CacheOutcome.Hit));
        Assert.Equal(keys.Length, Assert.Single(Source.Loads).Count);
    }

    [Fact]
    public async Task Refresh_that_fails_keeps_its_lease_so_that_the_next_is_tried_when_that_has_expired()
    {
        var (replica, key) = (Replica(), NewRow());
        await StoreStaleAsync(key, version: 1);
        Source.Failure = new InvalidOperationException("of the test");
        await replica.GetAsync(key);
        await EngineReplica.UntilAsync(() => replica.Logged(130) == 1);

        AssertRead(await replica.GetAsync(key), CacheOutcome.Stale, 1);
        await EngineReplica.UntilAsync(() => replica.Redis.Commands.Count(command => command == "acquire-refresh") == 2);
        Assert.True(await Stored.KeyExistsAsync(Lease(key)));
        Assert.Single(Source.Loads);

        Source.Failure = null;
        await Stored.KeyExpireAsync(Lease(key), TimeSpan.Zero);
        await EngineReplica.UntilAsync(async () => (await replica.GetAsync(key)).Outcome == CacheOutcome.Hit);
    }

    [Fact]
    public async Task Refresh_is_left_out_while_the_source_is_busy()
    {
        var (replica, key) = (Replica(("MaxLoads", "1")), NewRow());
        await StoreStaleAsync(key, version: 1);
        var (read, load) = await StartHeldReadAsync(replica, NewRow());

        AssertRead(await replica.GetAsync(key), CacheOutcome.Stale, 1);
        Assert.DoesNotContain("acquire-refresh", replica.Redis.Commands);

        load.Release();
        await read;
        await EngineReplica.UntilAsync(async () => (await replica.GetAsync(key)).Outcome == CacheOutcome.Hit);
    }
}
