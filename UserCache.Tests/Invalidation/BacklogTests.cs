namespace UserCache.Tests.Invalidation;

/// <summary>Many changes at once, or after a long outage.</summary>
[Collection(RecoveryGroup.Name)]
public sealed class BacklogTests(App app)
{
    // More than are carried out one by one.
    private const int Many = 12_000;

    [Fact]
    public async Task More_changes_than_entries_during_an_outage_do_not_keep_Redis_from_being_relied_on_and_leave_nothing_old()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2, App.Hurried);
        var ids = await fleet.AddUsersAsync(20);
        await Task.WhenAll(ids.Select(id => fleet.Replicas[0].Users.GetHitAsync(id)));
        foreach (var replica in fleet.Replicas)
        {
            replica.ToRedis.Cut();
        }

        await Task.WhenAll(fleet.Replicas.Select(replica => Eventually.LoggedAsync(replica.Api, 311)));
        await ChangeAsync(fleet, ids[0], Many);
        foreach (var id in ids)
        {
            await fleet.Database.ExecuteAsync($"UPDATE users SET username = 'after-' || id WHERE id = $1", id);
        }

        foreach (var replica in fleet.Replicas)
        {
            replica.ToRedis.Mend();
        }

        foreach (var (replica, id) in fleet.Replicas.SelectMany(replica => ids.Select(id => (replica, id))))
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

        // Not one by one: all that was there was removed.
        Assert.All(fleet.Replicas, replica => Assert.All(
            replica.Api.Log.GetSnapshot().Where(record => record.Id.Id == 301).Skip(1),
            record => Assert.Contains("(0 changes were relayed again", record.Message, StringComparison.Ordinal)));
        await fleet.RelayedAsync();
    }

    [Fact]
    public async Task Change_of_one_user_is_seen_though_many_of_another_wait_before_it()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var ids = await fleet.AddUsersAsync(2);
        var users = fleet.Replicas[0].Users;
        await users.GetHitAsync(ids[1]);

        await ChangeAsync(fleet, ids[0], Many);
        var version = await fleet.UpdateBySqlAsync(ids[1]);
        await Eventually.GetAsync(() => users.GetAsync(ids[1]), answer => answer.ETag == $"\"{version}\"");

        await fleet.RelayedAsync();
        Assert.True((await users.GetHitAsync(ids[1])).IsHit);
    }

    [Fact]
    public async Task Outbox_rows_that_someone_has_locked_do_not_hold_up_the_changes_of_others()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, ("Invalidation:BatchSize", "10"));
        var ids = await fleet.AddUsersAsync(100);
        var users = fleet.Replicas[0].Users;
        await using var connection = await fleet.Database.OpenConnectionAsync();
        await using var locking = new NpgsqlCommand("BEGIN; SELECT FROM cache_invalidations FOR KEY SHARE", connection);
        await locking.ExecuteNonQueryAsync();
        // Such a lock lets others change all but the key.
        Assert.Equal(ids.Length, await fleet.Database.ExecuteAsync("UPDATE cache_invalidations SET relayed_at = NULL"));

        // Longer than it takes until all that is not relayed is looked at.
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(7);)
        {
            await users.GetHitAsync(ids[0]);
            var version = await fleet.UpdateBySqlAsync(ids[0]);
            await Eventually.GetAsync(() => users.GetAsync(ids[0]), answer => answer.ETag == $"\"{version}\"");
        }

        await using var unlocking = new NpgsqlCommand("ROLLBACK", connection);
        await unlocking.ExecuteNonQueryAsync();
        await fleet.RelayedAsync();
    }

    /// <summary>So many changes of one user, by one statement: what the trigger would have written.</summary>
    private static Task<int> ChangeAsync(Fleet fleet, long id, int times) => fleet.Database.ExecuteAsync(
        "INSERT INTO cache_invalidations (cache, row_key, version) SELECT 'users', $1::text, 1 FROM generate_series(1, $2)", id, times);
}
