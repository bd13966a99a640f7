namespace UserCache.Tests.Engine;

/// <summary>Leases and lists of writers that another hand has planted or changed: nobody waits for them.</summary>
public sealed class DamagedHelperTests(SharedRedis redis) : EngineTest(redis)
{
    private const int NotDone = 100;

    public static TheoryData<string> Leases { get; } =
        new([.. Garbage.Names, "no expiry", "a day's expiry", "floor of letters", "floor that is negative", "floor of 20 digits"]);

    public static TheoryData<string> WriterLists { get; } =
        new([.. Garbage.Names, "for ever", "for a day", "for a day, among one that is dead"]);

    [Theory]
    [MemberData(nameof(Leases))]
    public async Task Damaged_lease_keeps_nobody_from_filling(string damage)
    {
        var (replica, key) = (Replica(), NewRow());
        await PlantLeaseAsync(key, damage);

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Hit, 1);
    }

    [Theory]
    [MemberData(nameof(Leases))]
    public async Task Damaged_lease_keeps_no_change_from_being_relayed_and_goes(string damage)
    {
        var (replica, key) = (Replica(), NewRow());
        await replica.GetAsync(key);
        await PlantLeaseAsync(key, damage);

        await replica.Invalidation.InvalidateOlderAsync(key, version: 2);

        Assert.Equal(0, await Stored.KeyExistsAsync([key, Lease(key)]));
    }

    [Theory]
    [MemberData(nameof(Leases))]
    public async Task Damaged_lease_keeps_nobody_from_refreshing(string damage)
    {
        var (replica, key) = (Replica(), NewRow());
        await StoreStaleAsync(key, version: 1);
        await PlantLeaseAsync(key, damage);

        AssertRead(await replica.GetAsync(key), CacheOutcome.Stale, 1);

        await EngineReplica.UntilAsync(async () => (await replica.GetAsync(key)).Outcome == CacheOutcome.Hit);
    }

    [Theory]
    [MemberData(nameof(Leases))]
    public async Task Lease_that_is_damaged_during_a_read_costs_that_read_its_fill_at_most(string damage)
    {
        var (replica, key) = (Replica(), NewRow());
        var (read, load) = await StartHeldReadAsync(replica, key);

        await PlantLeaseAsync(key, damage);
        load.Release();

        AssertRead(await read, CacheOutcome.Miss, 1);
        Assert.Equal(0, replica.Logged(NotDone));
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
    }

    [Theory]
    [MemberData(nameof(WriterLists))]
    public async Task Damaged_list_of_writers_keeps_nobody_from_filling(string damage)
    {
        var (replica, key) = (Replica(), NewRow());
        await PlantWritersAsync(key, damage);

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Hit, 1);
    }

    [Theory]
    [MemberData(nameof(WriterLists))]
    public async Task Damaged_list_of_writers_keeps_no_writer_from_registering_and_ending(string damage)
    {
        var (replica, key) = (Replica(), NewRow());
        await PlantWritersAsync(key, damage);

        var write = await replica.Invalidation.BeginWriteAsync(key);
        Assert.Equal(write.Token, Assert.Single(await Stored.SortedSetRangeByRankAsync(Writers(key))).ToString());
        Assert.InRange((await Stored.KeyTimeToLiveAsync(Writers(key)))!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1);
        await PlantWritersAsync(key, damage);
        Assert.True(await replica.Invalidation.EndWriteAsync(write));

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
    }

    [Fact]
    public async Task Writer_that_is_registered_stays_when_what_was_planted_beside_it_is_removed()
    {
        var (replica, key) = (Replica(), NewRow());
        var write = await replica.Invalidation.BeginWriteAsync(key);
        await Stored.SortedSetAddAsync(Writers(key), "planted", double.PositiveInfinity);
        await Stored.KeyPersistAsync(Writers(key));

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1);

        Assert.Equal(write.Token, Assert.Single(await Stored.SortedSetRangeByRankAsync(Writers(key))).ToString());
        Assert.InRange((await Stored.KeyTimeToLiveAsync(Writers(key)))!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Theory]
    [MemberData(nameof(Garbage.Types), MemberType = typeof(Garbage))]
    public async Task Eviction_removes_what_is_damaged_of_all_three_keys(string type)
    {
        var (replica, key) = (Replica(), NewRow());
        await PlantEverywhereAsync(key, type);

        Assert.True(await replica.Cache.EvictAsync(key, CancellationToken.None));

        Assert.Equal(0, await Stored.KeyExistsAsync([key, Lease(key), Writers(key)]));
    }

    [Theory]
    [MemberData(nameof(Garbage.Types), MemberType = typeof(Garbage))]
    public async Task No_step_fails_for_what_is_there(string type)
    {
        var (replica, key) = (Replica(), NewRow());
        Func<Task>[] steps =
        [
            () => replica.GetAsync(key),
            () => replica.GetManyAsync(key),
            () => WriteAsync(replica, key, version: 1),
            () => replica.Invalidation.InvalidateOlderAsync(key, version: 1),
            () => replica.Cache.Admin.InspectAsync(key, CancellationToken.None),
            () => replica.Cache.EvictAsync(key, CancellationToken.None),
        ];

        foreach (var step in steps)
        {
            await PlantEverywhereAsync(key, type);
            await step();
        }

        Assert.Equal(0, replica.Logged(NotDone));
    }

    private async Task PlantEverywhereAsync(string key, string type)
    {
        foreach (var name in new[] { key, Lease(key), Writers(key) })
        {
            await Garbage.PlantAsync(Stored, name, type);
        }
    }

    private async Task PlantLeaseAsync(string key, string damage)
    {
        if (Garbage.Names.Contains(damage))
        {
            await Garbage.PlantAsync(Stored, Lease(key), damage);
            return;
        }

        await Stored.KeyDeleteAsync(Lease(key));
        await Stored.HashSetAsync(Lease(key), [new("token", "planted"), new("floor", damage switch
        {
            "floor of letters" => "abc",
            "floor that is negative" => "-1",
            "floor of 20 digits" => "99999999999999999999",
            _ => "1",
        })]);
        if (damage != "no expiry")
        {
            await Stored.KeyExpireAsync(Lease(key), damage == "a day's expiry" ? TimeSpan.FromDays(1) : TimeSpan.FromSeconds(30));
        }
    }

    private async Task PlantWritersAsync(string key, string damage)
    {
        if (Garbage.Names.Contains(damage))
        {
            await Garbage.PlantAsync(Stored, Writers(key), damage);
            return;
        }

        var now = TimeProvider.System.GetUtcNow();
        await Stored.KeyDeleteAsync(Writers(key));
        await Stored.SortedSetAddAsync(
            Writers(key), "planted", damage == "for ever" ? double.PositiveInfinity : now.AddDays(1).ToUnixTimeMilliseconds());
        if (damage.Contains("dead", StringComparison.Ordinal))
        {
            await Stored.SortedSetAddAsync(Writers(key), "dead", now.AddSeconds(-1).ToUnixTimeMilliseconds());
        }
    }
}
