namespace UserCache.Tests.Invalidation;

/// <summary>A Redis that comes back, or another in its place.</summary>
[Collection(RecoveryGroup.Name)]
public sealed class GateOpenerTests(App app)
{
    [Theory]
    [InlineData(0)]
    // Longer than the replay window and the purge's interval: what was relayed before the outage must be kept all the same.
    [InlineData(10)]
    public async Task Failover_to_a_replica_that_missed_the_delete_never_shows_the_old_value(int secondsWithoutRedis)
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2, [.. App.Hurried, ("Invalidation:ReplayWindow", "00:00:04")]);
        var ids = await fleet.AddUsersAsync(20);
        await using var standby = new RedisServer(app.Data) { Password = fleet.Redis.Password };
        await standby.StartAsync();
        await standby.FollowAsync(fleet.Redis);
        await using var copy = await ConnectionMultiplexer.ConnectAsync(standby.ConnectionString);
        await Task.WhenAll(ids.Select(id => fleet.Replicas[0].Users.GetHitAsync(id)));
        await Eventually.GetAsync(
            async () => (await Task.WhenAll(ids.Select(
                id => copy.GetDatabase().KeyExistsAsync($"USER::{id}", CommandFlags.PreferReplica)))).Count(there => there),
            copied => copied == ids.Length);
        await standby.PromoteAsync();

        // At once: what was relayed longer ago than the window may be purged before the failover.
        var writes = await Task.WhenAll(ids.Select(id => fleet.Replicas[0].Users.PutAsync(id, new { username = $"after-{id}" })));
        Assert.All(writes, write => Assert.Equal("UserCache; fwd=method", write.CacheStatus));

        await fleet.RelayedAsync();
        await fleet.Redis.KillAsync();
        // What is measured here is the time itself.
        await Task.Delay(TimeSpan.FromSeconds(secondsWithoutRedis));
        Assert.True(await copy.GetDatabase().KeyExistsAsync($"USER::{ids[0]}"), "The standby should still have the old value.");
        foreach (var replica in fleet.Replicas)
        {
            replica.ToRedis.Retarget(standby.Port);
        }

        foreach (var replica in fleet.Replicas)
        {
            foreach (var id in ids)
            {
                await Eventually.GetAsync(
                    async () =>
                    {
                        var answer = await replica.Users.GetAsync(id);
                        Assert.Equal($"after-{id}", answer.Username);
                        return answer;
                    },
                    answer => answer.IsHit);
            }
        }
    }

    [Fact]
    public async Task Dead_primary_that_stays_configured_does_not_keep_its_successor_from_being_relied_on()
    {
        await using var primary = new RedisServer(app.Data);
        await using var successor = new RedisServer(app.Data) { Password = primary.Password };
        await Task.WhenAll(primary.StartAsync(), successor.StartAsync());
        await successor.FollowAsync(primary);
        await using var api = await App.StartReplicaAsync(
            $"127.0.0.1:{primary.Port},127.0.0.1:{successor.Port},password={primary.Password}", await app.NewDatabaseAsync());
        var id = await api.Users.CreateAsync();
        await api.Users.GetHitAsync(id);

        await primary.KillAsync();
        await successor.PromoteAsync();

        var later = await api.Users.CreateAsync();
        await api.Users.GetHitAsync(later);
        // The client looks again and again whether the dead one is back: what is measured is the time itself.
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5);)
        {
            Assert.True((await api.Users.GetAsync(later)).IsHit);
        }
    }

    [Fact]
    public async Task Redis_restarted_empty_under_load_loses_nothing_and_is_used_again()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 3);
        var (ids, other) = (await fleet.AddUsersAsync(10), await fleet.AddUserAsync());
        using var done = new CancellationTokenSource();
        var writers = ids.Select(id => WriteAndReadBackAsync(fleet, id, done.Token)).ToList();

        await fleet.Redis.KillAsync();
        await fleet.Redis.StartAsync();
        await Eventually.GetAsync(
            () => Task.WhenAll(fleet.Replicas.Select(replica => replica.Users.GetAsync(other))),
            answers => answers.All(answer => answer.IsHit));
        await done.CancelAsync();

        Assert.All(await Task.WhenAll(writers), written => Assert.True(written > 0));
        await fleet.RelayedAsync();
    }

    [Fact]
    public async Task Writers_that_a_restarted_Redis_has_forgotten_are_waited_out()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2, ("Cache:WriterDeadline", "00:00:20"));
        var reader = fleet.Replicas[1].Users;
        var id = await reader.CreateAsync("before");
        var write = await fleet.Replicas[0].StartHeldWriteAsync(id, "after");

        await fleet.Redis.KillAsync();
        await fleet.Redis.StartAsync();
        await Eventually.LoggedAsync(fleet.Replicas[1].Api, 311);

        // Until the write has ended nobody may cache the old row: whoever had seen the new one could see the old one after it. Redis is
        // there again and reached: but for that, it would be relied on within this time.
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(4);)
        {
            Assert.Equal("UserCache; fwd=bypass; detail=redis-unavailable", (await reader.GetAsync(id)).CacheStatus);
        }

        fleet.Replicas[0].ToDatabase.Release();
        Assert.Equal((200, "after"), ((await write).Status, (await reader.GetAsync(id)).Username));
    }

    /// <returns>How many writes were read back by another replica, each at once.</returns>
    private static async Task<int> WriteAndReadBackAsync(Fleet fleet, long id, CancellationToken done)
    {
        var written = 0;
        for (; !done.IsCancellationRequested; written++)
        {
            var name = UsersClient.NewName();
            var writer = fleet.Replicas[written % 3].Users;
            var reader = fleet.Replicas[(written + 1) % 3].Users;
            var write = await writer.PutAsync(id, new { username = name });
            Assert.Equal(200, write.Status);
            if (write.CacheStatus == "UserCache; fwd=method")
            {
                Assert.Equal(name, (await reader.GetAsync(id)).Username);
            }
        }

        return written;
    }
}
