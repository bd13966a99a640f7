namespace UserCache.Tests.Database;

/// <summary>The database's connections are divided among what needs them.</summary>
[Collection(OutagesGroup.Name)]
public sealed class ShareTests(App app)
{
    private const int Clients = 150;

    [Fact]
    public async Task Many_writers_of_one_locked_row_hold_up_neither_reads_nor_changes_by_SQL_and_those_refused_are_told_when_to_come_back()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var users = fleet.Replicas[0].Users;
        var ids = await fleet.AddUsersAsync(3);
        var (locked, changed, missed) = (ids[0], ids[1], ids[2]);
        await users.GetHitAsync(changed);
        await using var connection = await fleet.Database.OpenConnectionAsync();
        await using var locking = new NpgsqlCommand($"BEGIN; SELECT FROM users WHERE id = {locked} FOR UPDATE", connection);
        await locking.ExecuteNonQueryAsync();

        var writes = Enumerable.Range(0, Clients).Select(client => users.PutAsync(locked, new { username = $"writer-{client}" })).ToArray();
        await Eventually.GetAsync(
            () => fleet.Database.ScalarAsync<long>(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"),
            waiting => waiting >= 20);
        var version = await fleet.UpdateBySqlAsync(changed);
        Assert.Equal("UserCache; fwd=uri-miss; stored", (await users.GetAsync(missed)).CacheStatus);
        await Eventually.GetAsync(() => users.GetAsync(changed), answer => answer.ETag == $"\"{version}\"");

        var answers = await Task.WhenAll(writes);
        Assert.All(answers, answer => Assert.Equal(503, answer.Status));
        Assert.All(answers, answer => Assert.Equal("1", answer.Headers["Retry-After"]));
        Assert.Contains(answers, answer => answer.Body.Contains("Too many writes are waiting for the database.", StringComparison.Ordinal));
    }
}
