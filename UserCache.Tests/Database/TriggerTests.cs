namespace UserCache.Tests.Database;

/// <summary>What the database does for any client, with plain SQL.</summary>
[Collection(DatabaseGroup.Name)]
public sealed class TriggerTests(App app)
{
    [Fact]
    public async Task Plain_update_raises_the_version_whatever_it_says()
    {
        var id = await app.Users.CreateAsync();

        await ExecuteAsync($"UPDATE users SET email = 'a@example.com', version = 77 WHERE id = {id}");
        await ExecuteAsync($"UPDATE users SET email = email WHERE id = {id}");

        Assert.Equal("\"3\"", (await app.Users.GetAsync(id)).ETag);
    }

    [Fact]
    public async Task Upsert_and_deletion_of_one_user_wait_for_each_other_one_way_only()
    {
        var id = await app.Users.CreateAsync();
        var name = UsersClient.NewName();
        await using var connection = await app.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await RunAsync($"UPDATE users SET email = NULL WHERE id = {id}");
        var upsert = ExecuteAsync(
            $"INSERT INTO users (id, username) OVERRIDING SYSTEM VALUE VALUES ({id}, '{name}') "
            + "ON CONFLICT (id) DO UPDATE SET username = excluded.username");
        await Eventually.GetAsync(
            () => app.Database.ScalarAsync<bool>(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%')", name),
            isWaiting => isWaiting);

        await RunAsync($"DELETE FROM users WHERE id = {id}");
        await transaction.CommitAsync();
        await upsert;

        Assert.Equal(name, (await app.Users.GetAsync(id)).Username);

        async Task RunAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task Upserts_of_a_user_whom_others_refer_to_do_not_wait_for_them()
    {
        var id = await app.Users.CreateAsync();
        await using var connection = await app.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        // What a foreign key's check does.
        await using var refer = new NpgsqlCommand($"SELECT FROM users WHERE id = {id} FOR KEY SHARE", connection, transaction);
        await refer.ExecuteNonQueryAsync();

        await ExecuteAsync(
            $"SET lock_timeout = '2s'; INSERT INTO users (id, username) OVERRIDING SYSTEM VALUE VALUES ({id}, 'any') "
            + "ON CONFLICT (id) DO UPDATE SET email = NULL; RESET lock_timeout");

        Assert.Equal("\"2\"", (await app.Users.GetAsync(id)).ETag);
    }

    [Fact]
    public async Task Plain_insert_starts_at_version_one_whatever_it_says()
    {
        var name = UsersClient.NewName();

        await ExecuteAsync($"INSERT INTO users (username, version) VALUES ('{name}', -5)");

        var id = await app.Database.ScalarAsync<long>("SELECT id FROM users WHERE username = $1", name);
        Assert.Equal((200, "\"1\""), (await app.Users.GetAsync(id)).StatusAndETag);
    }

    [Fact]
    public async Task Plain_insert_keeps_times_of_its_own_and_no_update_changes_when_the_user_was_created()
    {
        var name = UsersClient.NewName();
        await ExecuteAsync($"INSERT INTO users (username, created_at, updated_at) VALUES ('{name}', '1999-12-31', '2000-01-01')");
        var id = await app.Database.ScalarAsync<long>("SELECT id FROM users WHERE username = $1", name);
        var imported = (await app.Users.GetAsync(id)).Data;
        Assert.Equal((1999, 2000), (Year(imported, "createdAt"), Year(imported, "updatedAt")));

        await ExecuteAsync($"UPDATE users SET created_at = now(), updated_at = '1999-12-31' WHERE id = {id}");

        var updated = (await app.Users.PutAsync(id, new { username = name })).Data;
        Assert.Equal((1999, true), (Year(updated, "createdAt"), Year(updated, "updatedAt") > 2000));

        static int Year(JsonElement user, string time) => user.GetProperty(time).GetDateTimeOffset().Year;
    }

    [Theory]
    [InlineData("created_at", "4000-01-01 BC")]
    [InlineData("created_at", "infinity")]
    [InlineData("updated_at", "10000-01-01")]
    public async Task Time_that_cannot_be_read_is_refused(string column, string time)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(
            () => ExecuteAsync($"INSERT INTO users (username, {column}) VALUES ('{UsersClient.NewName()}', '{time}')"));

        Assert.Equal($"ck_users_{column}", refused.ConstraintName);
    }

    [Fact]
    public async Task Id_that_another_user_had_before_goes_on_with_its_versions()
    {
        var id = await app.Users.CreateAsync();
        await app.Users.DeleteAsync(id);

        await ExecuteAsync($"INSERT INTO users (id, username) OVERRIDING SYSTEM VALUE VALUES ({id}, '{UsersClient.NewName()}')");

        await app.Cache.KeyDeleteAsync($"USER::{id}");
        Assert.Equal((200, "\"3\""), (await app.Users.GetAsync(id)).StatusAndETag);
        Assert.Equal([1, 2, 3], await InvalidationsAsync(app.Database, id));
    }

    [Fact]
    public async Task Every_change_is_recorded_with_its_version()
    {
        var id = await app.Users.CreateAsync();
        await ExecuteAsync($"UPDATE users SET email = 'a@example.com' WHERE id = {id}");
        await app.Users.PutAsync(id, new { username = UsersClient.NewName() });
        await ExecuteAsync($"DELETE FROM users WHERE id = {id}");

        Assert.Equal([1, 2, 3, 4], await InvalidationsAsync(app.Database, id));
    }

    [Fact]
    public async Task Change_that_is_rolled_back_is_not_recorded()
    {
        var id = await app.Users.CreateAsync();
        await using (var connection = await app.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var update = new NpgsqlCommand(
                $"UPDATE users SET email = 'a@example.com' WHERE id = {id}", connection, transaction);
            await update.ExecuteNonQueryAsync();
            await transaction.RollbackAsync();
        }

        Assert.Equal([1], await InvalidationsAsync(app.Database, id));
    }

    [Fact]
    public async Task Truncation_is_recorded_for_every_user()
    {
        var connectionString = await app.NewDatabaseAsync();
        await using var api = await App.StartReplicaAsync(app.Redis.ConnectionString, connectionString);
        var id = await api.Users.CreateAsync();
        await using var database = NpgsqlDataSource.Create(connectionString);

        await database.ExecuteAsync("TRUNCATE users");

        Assert.Equal([1, 2], await InvalidationsAsync(database, id));
    }

    [Theory]
    [InlineData("''")]
    [InlineData("repeat('x', 65)")]
    [InlineData(@"E'a\tb'")]
    [InlineData(@"E'a\u0085b'")]
    [InlineData("NULL")]
    public async Task Bad_username_is_refused_by_the_table_too(string username)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync($"INSERT INTO users (username) VALUES ({username})"));

        Assert.True(refused.SqlState is PostgresErrorCodes.CheckViolation or PostgresErrorCodes.NotNullViolation, refused.Message);
    }

    private Task<int> ExecuteAsync(string sql) => app.Database.ExecuteAsync(sql);

    private static Task<List<long>> InvalidationsAsync(NpgsqlDataSource database, long userId) => database.RowsAsync(
        "SELECT version FROM cache_invalidations WHERE row_key = $1::text ORDER BY id", row => row.GetInt64(0), userId);
}
