namespace UserCache.Tests.Engine;

/// <summary>The relay's step.</summary>
public sealed class InvalidateOlderTests(SharedRedis redis) : EngineTest(redis)
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task Value_of_version_2_stays_unless_the_change_is_newer_however_often_and_late_it_is_relayed(long version, bool stays)
    {
        var (replica, key) = (Replica(), NewRow(version: 2));
        await replica.GetAsync(key);

        foreach (var change in new[] { version, 1, version })
        {
            await replica.Invalidation.InvalidateOlderAsync(key, change);
        }

        Assert.Equal(stays, await IsStoredAsync(key));
    }

    [Fact]
    public async Task What_this_cache_did_not_write_goes_whatever_its_type_and_so_does_a_foreign_lease()
    {
        var (replica, key) = (Replica(), NewRow());
        await Stored.ListLeftPushAsync(key, "someone else's");
        await Stored.StringSetAsync(Lease(key), "someone else's");

        await replica.Invalidation.InvalidateOlderAsync(key, version: 1);

        Assert.Equal(0, await Stored.KeyExistsAsync([key, Lease(key)]));
    }

    [Fact]
    public async Task Change_that_Redis_has_not_carried_out_is_said_so()
    {
        var replica = Replica();
        replica.Redis.Fail("invalidate-older");

        var failure = await Assert.ThrowsAsync<RedisTimeoutException>(
            () => replica.Invalidation.InvalidateOlderAsync(NewRow(), version: 1));
        Assert.True(RedisFailure.Is(failure));
    }

    [Fact]
    public async Task Redis_that_has_forgotten_its_scripts_is_given_them_again()
    {
        var (replica, key) = (Replica(), NewRow());
        await CycleAsync();

        await Redis.Connection.GetServers()[0].ScriptFlushAsync();

        await CycleAsync();

        async Task CycleAsync()
        {
            Assert.True(await WriteAsync(replica, key, version: 2));
            AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 2, stored: true);
            await replica.Invalidation.InvalidateOlderAsync(key, version: 2);
            Assert.True(await replica.Cache.EvictAsync(key, CancellationToken.None));
        }
    }

    [Fact]
    public async Task Full_Redis_stores_nothing_and_still_forgets()
    {
        await using var server = Redis.NewServer();
        await server.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true");
        var (replica, database) = (Replica(connection), connection.GetDatabase());
        var stored = new[] { NewRow(), NewRow(), NewRow() };
        await replica.GetManyAsync(stored);
        await connection.GetServers()[0].ConfigSetAsync("maxmemory", "1");

        AssertRead(await replica.GetAsync(NewRow()), CacheOutcome.Miss, 1);
        var write = await replica.Invalidation.BeginWriteAsync(stored[0]);
        Assert.Equal((false, 1), (await database.KeyExistsAsync(stored[0]), await database.SortedSetLengthAsync(Writers(stored[0]))));
        Assert.True(await replica.Invalidation.EndWriteAsync(write));
        await replica.Invalidation.InvalidateOlderAsync(stored[1], version: 2);
        Assert.True(await replica.Cache.EvictAsync(stored[2], CancellationToken.None));

        Assert.All(stored, key => Assert.False(database.KeyExists(key)));
        Assert.True(replica.Gate.IsOpen);
    }
}
