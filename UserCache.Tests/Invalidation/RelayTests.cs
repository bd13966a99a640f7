namespace UserCache.Tests.Invalidation;

/// <summary>How soon changes are seen: by clients that know nothing of the cache, and by replicas that do not reach Redis.</summary>
[Collection(TimedGroup.Name)]
public sealed class RelayTests(App app)
{
    private const int Changes = 100;

    // "The outbox cannot be read".
    private const int DatabaseAway = 312;

    private static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(250);

    // PostgreSQL's statistics are a second old at most, of who is busy.
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Plain_SQL_update_is_seen_within_250_ms()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 3);
        var ids = await fleet.AddUsersAsync(Changes);
        var reader = fleet.Replicas[0].Users;
        var lags = new List<TimeSpan>();
        foreach (var id in ids)
        {
            await reader.GetAsync(id);
            Assert.True((await reader.GetAsync(id)).IsHit);
            var version = await fleet.UpdateBySqlAsync(id);
            var committed = Stopwatch.GetTimestamp();
            TimeSpan asked;
            do
            {
                asked = Stopwatch.GetElapsedTime(committed);
            }
            while ((await reader.GetAsync(id)).ETag != $"\"{version}\"");

            lags.Add(asked);
        }

        // The promise is made for 99 of 100.
        Assert.InRange(lags.Order().ElementAt(Changes - 2), TimeSpan.Zero, Bound);
    }

    [Fact]
    public async Task Replicas_without_work_do_not_all_look_at_the_outbox_all_the_time()
    {
        const int Replicas = 5;
        await using var fleet = await Fleet.StartAsync(app, Replicas);
        await Task.WhenAll(fleet.Replicas.Select(replica => replica.Users.BecomesHealthyAsync()));
        var (before, started) = (await TransactionsAsync(fleet), Stopwatch.GetTimestamp());

        await Task.Delay(Watched);

        var each = (await TransactionsAsync(fleet) - before) / Stopwatch.GetElapsedTime(started).TotalSeconds;
        // Twenty times a second some replica looks at the outbox, and each counts what waits there; alone each would look ten times.
        Assert.InRange(each, 1, 20 + (2 * Replicas));
    }

    [Fact]
    public async Task Replica_that_leaves_the_look_to_others_notices_all_the_same_that_its_connections_to_the_database_are_lost()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 4);
        await Task.WhenAll(fleet.Replicas.Select(replica => replica.Users.BecomesHealthyAsync()));

        await fleet.Database.ExecuteAsync(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");

        await Task.WhenAll(fleet.Replicas.Select(replica => Eventually.LoggedAsync(replica.Api, DatabaseAway)));
        await Task.WhenAll(fleet.Replicas.Select(replica => replica.Users.BecomesHealthyAsync()));
    }

    [Fact]
    public async Task Write_by_a_replica_cut_off_from_Redis_says_so_and_is_seen_by_the_others_soon()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2);
        var id = await fleet.AddUserAsync();
        var (cutOff, reader) = (fleet.Replicas[0], fleet.Replicas[1].Users);
        await reader.GetAsync(id);
        cutOff.ToRedis.Cut();

        var write = await cutOff.Users.PutAsync(id, new { username = "after" });

        Assert.Equal((200, "UserCache; fwd=method; detail=invalidation-pending"), (write.Status, write.CacheStatus));
        Assert.Equal("after", (await cutOff.Users.GetAsync(id)).Username);
        await Eventually.GetAsync(() => reader.GetAsync(id), answer => answer.Username == "after", TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Replica_that_hangs_on_the_way_to_Redis_does_not_hold_the_others_relays_back()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2);
        var id = await fleet.AddUserAsync();
        var reader = fleet.Replicas[1].Users;
        var relaying = fleet.Replicas[0].ToRedis.HoldFrom(Direction.ToServer, $"USER::{id}");

        // Until it is the first replica that relays a change, and hangs at that.
        for (var turn = 0; !relaying.IsCompleted; turn++)
        {
            Assert.InRange(turn, 0, 100);
            await reader.GetAsync(id);
            var version = await fleet.UpdateBySqlAsync(id);
            await Eventually.GetAsync(() => reader.GetAsync(id), answer => answer.ETag == $"\"{version}\"", TimeSpan.FromSeconds(1));
        }
    }

    private static Task<long> TransactionsAsync(Fleet fleet) => fleet.Database.ScalarAsync<long>(
        "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()");
}
