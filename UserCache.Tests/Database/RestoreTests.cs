namespace UserCache.Tests.Database;

/// <summary>What the database's page says of dumps and of a database that has gone back.</summary>
[Collection(DatabaseGroup.Name)]
public sealed class RestoreTests(App app)
{
    [Theory]
    [InlineData("--data-only", "--table=users")]
    [InlineData("--format=plain")]
    public async Task Users_are_restored_from_a_dump_with_their_own_times(params string[] options)
    {
        var old = await app.NewDatabaseAsync();
        await using var before = NpgsqlDataSource.Create(old);
        await before.ExecuteAsync(
            """
            INSERT INTO users (username, created_at, updated_at)
            VALUES ('old', '2001-02-03', '2004-05-06'), ('older', '1999-01-01', DEFAULT)
            """);
        await before.ExecuteAsync("UPDATE users SET email = 'a@example.com' WHERE username = 'older'");
        var dump = Path.Combine(app.Data.Create($"dump-{Guid.NewGuid():N}"), "dump.sql");
        var restored = options.Length == 1 ? await app.NewEmptyDatabaseAsync() : await app.NewDatabaseAsync();

        await RunAsync("pg_dump", old, ["--file", dump, .. options]);
        await RunAsync("psql", restored, ["--set=ON_ERROR_STOP=1", "--file", dump]);

        await using var api = await App.StartReplicaAsync(app.Redis.ConnectionString, restored);
        await using var after = NpgsqlDataSource.Create(restored);
        Assert.Equal(await TimesAsync(before), await TimesAsync(after));
        Assert.Equal(2L, await after.ScalarAsync<long>("SELECT count(DISTINCT row_key) FROM cache_invalidations"));
        Assert.Equal(201, (await api.Users.PostAsync(new { username = UsersClient.NewName() })).Status);
    }

    [Fact]
    public async Task Database_that_has_gone_back_gives_no_version_and_no_id_again_after_what_the_page_says()
    {
        var connectionString = await app.NewDatabaseAsync();
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var api = await App.StartReplicaAsync("127.0.0.1:1", connectionString);
        var (kept, gone) = (await api.Users.CreateAsync(), await api.Users.CreateAsync());
        await api.Users.DeleteAsync(gone);

        await database.ExecuteAsync(DatabasePage.Sql("When the database has gone back"));

        Assert.Equal((200, "\"1000001\""), (await api.Users.GetAsync(kept)).StatusAndETag);
        Assert.Equal((200, "\"1000002\""), (await api.Users.PutAsync(kept, new { username = UsersClient.NewName() })).StatusAndETag);
        Assert.True(await api.Users.CreateAsync() > 1_000_000);
        Assert.Equal(1_000_003L, await database.ScalarAsync<long>(
            "INSERT INTO users (id, username) OVERRIDING SYSTEM VALUE VALUES ($1, 'again') RETURNING version", gone));
        Assert.Equal(1L, await database.ScalarAsync<long>(
            "SELECT count(*) FROM cache_invalidations WHERE row_key = $1::text AND version = 1000001", kept));
    }

    private static async Task RunAsync(string program, string connectionString, string[] arguments)
    {
        var database = new NpgsqlConnectionStringBuilder(connectionString);
        await Tool.RunAsync(new ProcessSpec(Tool.Find("postgresql-client", "postgresql", program), arguments)
        {
            Environment = new Dictionary<string, string>
            {
                ["PGHOST"] = "127.0.0.1",
                ["PGPORT"] = database.Port.ToString(CultureInfo.InvariantCulture),
                ["PGUSER"] = database.Username!,
                ["PGPASSWORD"] = database.Password!,
                ["PGDATABASE"] = database.Database!,
            },
        });
    }

    private static Task<List<string>> TimesAsync(NpgsqlDataSource database) => database.RowsAsync(
        "SELECT concat_ws(' ', id, username, email, created_at, updated_at) FROM users ORDER BY id", row => row.GetString(0));
}
