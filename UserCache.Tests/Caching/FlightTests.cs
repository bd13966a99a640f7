using System.Diagnostics;
using UserCache.Tests.Infrastructure;

namespace UserCache.Tests.Caching;

/// <summary>Loads that are slow or hang, and what comes between their beginning and their end.</summary>
[Collection(AppGroup.Name)]
public sealed class FlightTests(App app)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Hung_load_is_answered_in_time_and_the_key_is_free_again()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, ("Cache:LoadTimeout", "00:00:02"));
        var id = await fleet.AddUserAsync();
        var users = fleet.Replicas[0].Users;

        await using (await fleet.LockUsersAsync())
        {
            var started = Stopwatch.GetTimestamp();
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => users.GetAsync(id)));
            Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5));
            Assert.All(answers, answer => answer.ShouldBeProblem(503, "The database has not answered within 2 s."));
            Assert.False(await fleet.Cache.KeyExistsAsync(Lease(id)));
        }

        Assert.Equal("UserCache; fwd=uri-miss; stored", (await users.GetAsync(id)).CacheStatus);
    }

    [Fact]
    public async Task Load_may_take_as_long_as_its_setting_says()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, ("Cache:LoadTimeout", "00:00:30"));
        var id = await fleet.AddUserAsync();

        Task<Answer> answer;
        await using (await fleet.LockUsersAsync())
        {
            answer = fleet.Replicas[0].Users.GetAsync(id);
            // What is measured here is the time itself: longer than other queries may take.
            await Task.Delay(TimeSpan.FromSeconds(4.5));
        }

        Assert.Equal("UserCache; fwd=uri-miss; stored", (await answer).CacheStatus);
    }

    [Fact]
    public async Task Load_is_cancelled_and_the_key_free_when_the_last_waiter_has_left()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, App.SlowLoads, Replica.LogsRequests);
        var (id, cached) = (await fleet.AddUserAsync(), await AddCachedUserAsync(fleet));
        using var http = new HttpClient { BaseAddress = fleet.Replicas[0].Api.Url };
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();

        var looked = await fleet.CommandsAsync("get");
        await using (await fleet.LockUsersAsync())
        {
            var waiters = new[] { http.GetAsync($"{UsersClient.Path}/{id}", first.Token), http.GetAsync($"{UsersClient.Path}/{id}", second.Token) };
            await Eventually.GetAsync(fleet.DatabaseReadsUnderWayAsync, reads => reads == 1, Patience);
            // One for each reader, and one when the lease was asked for.
            await Eventually.GetAsync(() => fleet.CommandsAsync("get"), count => count >= looked + 3, Patience);
            await SettleAsync(fleet, cached);

            await first.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiters[0]);
            await fleet.Replicas[0].RequestsAsync("finished", id, 1);
            Assert.Equal(1, await fleet.DatabaseReadsUnderWayAsync());
            Assert.False(waiters[1].IsCompleted);

            await second.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiters[1]);
            await Eventually.GetAsync(() => fleet.Cache.KeyExistsAsync(Lease(id)), held => !held, Patience);
        }

        Assert.Equal("UserCache; fwd=uri-miss; stored", (await fleet.Replicas[0].Users.GetAsync(id)).CacheStatus);
    }

    [Fact]
    public async Task Slow_reader_overtaken_by_a_write_leaves_nothing_behind()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2);
        var id = await fleet.AddUserAsync("slowly");
        var slow = await fleet.Replicas[0].StartHeldReadAsync(id, "slowly");

        Assert.Equal("UserCache; fwd=method", (await fleet.Replicas[1].Users.PutAsync(id, new { username = "quickly" })).CacheStatus);
        fleet.Replicas[0].ToDatabase.Release();

        // It came before the write: what it read was right.
        Assert.Equal(("slowly", "UserCache; fwd=uri-miss"), (await slow).UsernameAndStatus);
        Assert.False(await fleet.Cache.KeyExistsAsync($"USER::{id}"));
        Assert.Equal("quickly", (await fleet.Replicas[1].Users.GetAsync(id)).Username);
    }

    [Fact]
    public async Task Slow_reader_overtaken_by_plain_SQL_leaves_nothing_behind()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2);
        var id = await fleet.AddUserAsync("slowly");
        var slow = await fleet.Replicas[0].StartHeldReadAsync(id, "slowly");

        await fleet.UpdateBySqlAsync(id);
        await fleet.RelayedAsync();
        fleet.Replicas[0].ToDatabase.Release();

        Assert.Equal(("slowly", "UserCache; fwd=uri-miss"), (await slow).UsernameAndStatus);
        Assert.Equal("\"2\"", (await fleet.Replicas[1].Users.GetAsync(id)).ETag);
    }

    [Fact]
    public async Task Reader_joining_a_flight_older_than_the_write_goes_round_again()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2);
        var (id, cached) = (await fleet.AddUserAsync("slowly"), await AddCachedUserAsync(fleet));
        var slow = await fleet.Replicas[0].StartHeldReadAsync(id, "slowly");
        Assert.Equal("UserCache; fwd=method", (await fleet.Replicas[1].Users.PutAsync(id, new { username = "quickly" })).CacheStatus);

        var looked = await fleet.CommandsAsync("get");
        var joiner = fleet.Replicas[0].Users.GetAsync(id);
        // Redis has told the joiner that there is no value; the next thing it does is to join.
        await Eventually.GetAsync(() => fleet.CommandsAsync("get"), count => count > looked, Patience);
        await SettleAsync(fleet, cached);
        fleet.Replicas[0].ToDatabase.Release();

        Assert.Equal("slowly", (await slow).Username);
        Assert.Equal("quickly", (await joiner).Username);
    }

    [Fact]
    public async Task Reader_joining_a_flight_that_fills_the_cache_shares_its_read()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, App.SlowLoads);
        var (id, cached) = (await fleet.AddUserAsync(), await AddCachedUserAsync(fleet));

        var looked = await fleet.CommandsAsync("get");
        Task<Answer[]> answers;
        await using (await fleet.LockUsersAsync())
        {
            answers = Task.WhenAll(Enumerable.Range(0, 5).Select(_ => fleet.Replicas[0].Users.GetAsync(id)));
            // One for each reader, and one when the lease was asked for.
            await Eventually.GetAsync(() => fleet.CommandsAsync("get"), count => count >= looked + 6, Patience);
            await SettleAsync(fleet, cached);
        }

        Assert.Equal(
            [.. Enumerable.Repeat("UserCache; fwd=uri-miss; collapsed", 4), "UserCache; fwd=uri-miss; stored"],
            (await answers).Select(answer => answer.CacheStatus).Order(StringComparer.Ordinal));
        Assert.Equal(1, await fleet.DatabaseReadsAsync(id));
    }

    private static async Task<long> AddCachedUserAsync(Fleet fleet)
    {
        var id = await fleet.AddUserAsync();
        await fleet.Replicas[0].Users.GetHitAsync(id);
        return id;
    }

    /// <summary>Reads what is cached, from the first replica: Redis answers in order, so its earlier answers are there too, and what they lead to takes less than this answer's way back.</summary>
    private static async Task SettleAsync(Fleet fleet, long cached) => Assert.True((await fleet.Replicas[0].Users.GetAsync(cached)).IsHit);

    private static string Lease(long id) => $"{{USER::{id}}}:lease";
}
