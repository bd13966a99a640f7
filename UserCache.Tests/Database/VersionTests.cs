using System.Data;

namespace UserCache.Tests.Database;

/// <summary>
/// The versions of an id never repeat: whoever has one, as an entity tag or in the cache, has that of one state of one user.
/// </summary>
[Collection(DatabaseGroup.Name)]
public sealed class VersionTests(App app) : WithoutRedisTest(app)
{
    private const string Waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";

    private const string InsertFirst = "INSERT INTO users (id, username) OVERRIDING SYSTEM VALUE VALUES (1, 'other') RETURNING version";

    [Theory]
    [InlineData("DELETE FROM users; DELETE FROM cache_invalidations; ALTER TABLE users ALTER COLUMN id RESTART")]
    [InlineData("DELETE FROM users; TRUNCATE cache_invalidations RESTART IDENTITY; ALTER TABLE users ALTER COLUMN id RESTART")]
    [InlineData("TRUNCATE users RESTART IDENTITY; DELETE FROM cache_invalidations")]
    [InlineData("TRUNCATE users, cache_invalidations RESTART IDENTITY")]
    [InlineData("TRUNCATE users RESTART IDENTITY CASCADE; TRUNCATE users RESTART IDENTITY; DELETE FROM cache_invalidations")]
    [InlineData("UPDATE users SET id = DEFAULT; DELETE FROM cache_invalidations; ALTER TABLE users ALTER COLUMN id RESTART")]
    public async Task Another_user_of_the_same_id_goes_on_with_its_versions_whatever_became_of_the_outbox(string sql)
    {
        Assert.Equal(1, await Api.Users.CreateAsync("one"));
        await Database.ExecuteAsync(sql);

        var answer = await Api.Users.PostAsync(new { username = "other" });

        Assert.Equal((1, "\"3\""), (answer.Data.GetProperty("id").GetInt32(), answer.ETag));
        Assert.Equal(200, (await Api.Users.GetAsync(1, ("If-None-Match", "\"1\""))).Status);
        (await Api.Users.PutAsync(1, new { username = "overwritten" }, ("If-Match", "\"1\""))).ShouldBeProblem(412, "If-Match");
    }

    [Fact]
    public async Task User_that_is_given_an_id_of_another_goes_on_with_that_one_s_versions()
    {
        Assert.Equal((1, 2), (await Api.Users.CreateAsync("one"), await Api.Users.CreateAsync("two")));
        await Database.ExecuteAsync("UPDATE users SET email = 'a@example.com'; DELETE FROM users WHERE id = 1");
        await Database.ExecuteAsync("ALTER TABLE users ALTER COLUMN id RESTART; UPDATE users SET id = DEFAULT");

        Assert.Equal((200, "\"4\""), (await Api.Users.GetAsync(1)).StatusAndETag);
    }

    [Fact]
    public async Task Truncation_by_a_snapshot_that_may_not_show_all_users_is_refused()
    {
        foreach (var level in new[] { IsolationLevel.RepeatableRead, IsolationLevel.Serializable })
        {
            await using var connection = await Database.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync(level);
            await RunAsync(connection, "SELECT count(*) FROM users");
            await Api.Users.CreateAsync();

            var refused = await Assert.ThrowsAsync<PostgresException>(() => RunAsync(connection, "TRUNCATE users"));

            Assert.Contains("READ COMMITTED transaction only", refused.MessageText, StringComparison.Ordinal);
        }

        Assert.Equal(2L, await Database.ScalarAsync<long>("SELECT count(*) FROM users"));
    }

    [Theory]
    [InlineData("DELETE FROM users WHERE id = 1")]
    [InlineData("TRUNCATE users")]
    public async Task Insert_waits_for_who_takes_the_other_user_of_its_id_away(string removal)
    {
        await Api.Users.CreateAsync("one");
        await using var connection = await Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await RunAsync(connection, removal);

        var insert = Database.ScalarAsync<long>(InsertFirst);
        await Eventually.GetAsync(() => Database.ScalarAsync<long>(Waiting), waiting => waiting == 1);
        await transaction.CommitAsync();

        Assert.Equal(3, await insert);
    }

    [Fact]
    public async Task Insert_by_a_snapshot_that_does_not_show_the_other_user_of_its_id_is_refused()
    {
        await using var connection = await Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        await RunAsync(connection, "SELECT count(*) FROM users");
        await Api.Users.DeleteAsync(await Api.Users.CreateAsync("one"));

        var refused = await Assert.ThrowsAsync<PostgresException>(() => RunAsync(connection, InsertFirst));

        Assert.Equal(PostgresErrorCodes.SerializationFailure, refused.SqlState);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
