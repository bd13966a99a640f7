using UserCache.Caching.PostgreSql;

namespace UserCache.Tests.Invalidation;

/// <summary>What becomes of the outbox's rows.</summary>
[Collection(RecoveryGroup.Name)]
public sealed class OutboxTests(App app)
{
    [Fact]
    public async Task Bulk_update_is_relayed_in_batches()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, ("Invalidation:BatchSize", "10"));
        var ids = await fleet.AddUsersAsync(100);
        await Task.WhenAll(ids.Select(id => fleet.Replicas[0].Users.GetAsync(id)));

        await fleet.Database.ExecuteAsync("UPDATE users SET email = 'all@example.com'");

        await fleet.RelayedAsync();
        Assert.All(
            await Task.WhenAll(ids.Select(id => fleet.Replicas[0].Users.GetAsync(id))),
            answer => Assert.Equal("\"2\"", answer.ETag));
    }

    [Fact]
    public async Task Relayed_rows_are_purged_when_the_replay_window_is_over_and_not_before()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, [.. App.Hurried, ("Invalidation:ReplayWindow", "00:00:04")]);
        var changed = Stopwatch.GetTimestamp();
        await fleet.AddUsersAsync(10);

        await Eventually.GetAsync(() => fleet.Database.ScalarAsync<long>("SELECT count(*) FROM cache_invalidations"), rows => rows == 0);

        Assert.InRange(Stopwatch.GetElapsedTime(changed), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Rows_of_caches_that_a_process_has_not_are_neither_relayed_nor_purged_by_it()
    {
        await using var database = NpgsqlDataSource.Create(await app.NewDatabaseAsync());
        await database.ExecuteAsync(
            """
            INSERT INTO cache_invalidations (cache, row_key, version, relayed_at)
            VALUES ('users', '1', 1, now() - interval '1 hour'), ('teams', '1', 1, now() - interval '1 hour'),
                   ('users', '2', 1, NULL), ('teams', '2', 1, NULL)
            """);
        var outbox = new Outbox(database, ["users"]);

        Assert.True(await outbox.PurgeAsync(TimeSpan.Zero, CancellationToken.None));
        var (pending, horizon) = await outbox.PendingAsync(Horizon.None, default, limit: 10, CancellationToken.None);
        Assert.Equal("users", Assert.Single(pending).Cache);
        await outbox.MarkRelayedAsync(horizon, default, CancellationToken.None);

        Assert.Equal(0, await outbox.DepthAsync(10, CancellationToken.None));
        Assert.Equal(
            ["teams 1 relayed", "teams 2 pending", "users 2 relayed"],
            await database.RowsAsync(
                """
                SELECT cache || ' ' || row_key || CASE WHEN relayed_at IS NULL THEN ' pending' ELSE ' relayed' END
                FROM cache_invalidations ORDER BY cache, row_key
                """,
                row => row.GetString(0)));
    }
}
