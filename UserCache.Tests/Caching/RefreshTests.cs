using UserCache.Tests.Infrastructure;

namespace UserCache.Tests.Caching;

/// <summary>Entries past their soft expiry.</summary>
[Collection(AppGroup.Name)]
public sealed class RefreshTests(App app)
{
    private const string PastSoftExpiry = "v1 1 1000\n{\"planted\":true}";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Entry_past_its_soft_expiry_is_refreshed_once_and_nobody_waits()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 3, App.SlowLoads);
        var id = await fleet.AddUserAsync();
        await fleet.Cache.StringSetAsync($"USER::{id}", PastSoftExpiry);

        await using (await fleet.LockUsersAsync())
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(reader => fleet.Replicas[reader % 3].Users.GetAsync(id)));
            Assert.All(answers, answer => Assert.Equal(("UserCache; fwd=stale", "{\"data\":{\"planted\":true}}"), (answer.CacheStatus, answer.Body)));
            await Eventually.GetAsync(fleet.DatabaseReadsUnderWayAsync, reads => reads == 1, Patience);
        }

        var refreshed = await fleet.Replicas[0].Users.GetHitAsync(id);
        Assert.Equal(id, refreshed.Data.GetProperty("id").GetInt64());
        Assert.Equal(1, await fleet.DatabaseReadsAsync(id));
    }

    [Fact]
    public async Task Refresh_overtaken_by_a_write_leaves_nothing_behind()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2, App.SlowLoads);
        var id = await fleet.AddUserAsync("slowly");
        await fleet.Cache.StringSetAsync($"USER::{id}", PastSoftExpiry);

        var read = fleet.Replicas[0].ToDatabase.HoldFrom(Direction.ToClient, "slowly");
        Assert.Equal("UserCache; fwd=stale", (await fleet.Replicas[0].Users.GetAsync(id)).CacheStatus);
        await read;
        await fleet.Replicas[1].Users.PutAsync(id, new { username = "quickly" });
        Assert.Equal("quickly", (await fleet.Replicas[1].Users.GetAsync(id)).Username);
        await fleet.RelayedAsync();
        var before = await fleet.CommandsAsync("eval", "evalsha");
        fleet.Replicas[0].ToDatabase.Release();

        // The refresh has tried to fill, and was refused.
        await Eventually.GetAsync(() => fleet.CommandsAsync("eval", "evalsha"), scripts => scripts > before, Patience);
        Assert.Equal("quickly", (await fleet.Replicas[0].Users.GetAsync(id)).Username);
    }

    [Fact]
    public async Task Batch_of_entries_past_their_soft_expiry_is_refreshed_with_one_query()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, App.SlowLoads);
        var ids = await fleet.AddUsersAsync(20);
        await Task.WhenAll(ids.Select(id => fleet.Cache.StringSetAsync($"USER::{id}", PastSoftExpiry)));

        await using (await fleet.LockUsersAsync())
        {
            var answer = await fleet.Replicas[0].Users.GetManyAsync(ids);
            Assert.Equal((20, "UserCache; hit"), (answer.Data.GetArrayLength(), answer.CacheStatus));
            await Eventually.GetAsync(fleet.DatabaseReadsUnderWayAsync, reads => reads == 1, Patience);
        }

        foreach (var id in ids)
        {
            await fleet.Replicas[0].Users.GetHitAsync(id);
        }

        Assert.All(await fleet.DatabaseReadsAsync(ids), reads => Assert.Equal(0, reads));
    }
}
