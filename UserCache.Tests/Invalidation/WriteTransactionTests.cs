using UserCache.Caching.PostgreSql;

namespace UserCache.Tests.Invalidation;

/// <summary>What the database does to a write late: after its row, or at its commit.</summary>
[Collection(AppGroup.Name)]
public sealed class WriteTransactionTests(App app) : IAsyncLifetime
{
    private string _database = "";
    private ApiHost? _api;
    private NpgsqlDataSource? _sql;

    private ApiHost Api => _api!;

    public async Task InitializeAsync()
    {
        _database = await app.NewDatabaseAsync();
        _sql = NpgsqlDataSource.Create(_database);
        // The driver then waits for what the server says of a command that it gave up.
        _api = await App.StartReplicaAsync(app.Redis.ConnectionString, $"{_database};Cancellation Timeout=5000");
        await _sql.ExecuteAsync("ALTER TABLE users ALTER COLUMN id RESTART WITH 500000000");
    }

    public async Task DisposeAsync()
    {
        await (_api?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_sql?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public async Task Write_whose_trigger_is_given_up_after_the_row_has_come_is_no_success()
    {
        var id = await Api.Users.CreateAsync();
        await AddTriggerAsync("AFTER UPDATE ON users", "10");

        var answer = await Api.Users.PutAsync(id, new { username = UsersClient.NewName() });

        answer.ShouldBeProblem(503, "The database does not serve this call at the moment.");
        Assert.DoesNotContain("not known", answer.Body, StringComparison.Ordinal);
        Assert.Equal(1, await _sql!.ScalarAsync<long>("SELECT version FROM users WHERE id = $1", id));
    }

    [Fact]
    public async Task Transaction_in_which_a_statement_has_failed_is_not_taken_for_committed()
    {
        var id = await Api.Users.CreateAsync();
        await using var write = await Api.Services.GetRequiredService<CachedWrites>().BeginAsync(CancellationToken.None);
        await RunAsync($"UPDATE users SET email = 'lost@example.com' WHERE id = {id}");
        await Assert.ThrowsAsync<PostgresException>(() => RunAsync("SELECT 1 / 0"));

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => write.CommitAsync((Api.Services.GetRequiredKeyedService<CacheAside>("users"), id)));

        Assert.Equal("\"1\"", (await Api.Users.GetAsync(id)).ETag);

        Task RunAsync(string sql) => write.RunAsync(sql, _ => 0, [], CancellationToken.None);
    }

    [Fact]
    public async Task Statements_of_ever_new_texts_are_not_all_kept()
    {
        var writes = Api.Services.GetRequiredService<CachedWrites>();
        await using var write = await writes.BeginAsync(CancellationToken.None);
        for (var text = 0; text < 300; text++)
        {
            await write.RunAsync($"SELECT {text}", _ => 0, [], CancellationToken.None);
        }

        const string Kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT %'";
        var kept = await write.RunAsync(Kept, row => row.GetInt64(0), [], CancellationToken.None);

        Assert.InRange(kept, 1, 250);
    }

    [Fact]
    public async Task Commit_may_take_longer_than_a_statement()
    {
        var id = await Api.Users.CreateAsync();
        await AddTriggerAsync("AFTER UPDATE ON users DEFERRABLE INITIALLY DEFERRED", "3.3", "CONSTRAINT");

        var answer = await Api.Users.PutAsync(id, new { username = UsersClient.NewName() });

        Assert.Equal((200, 2), (answer.Status, answer.Data.GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task What_nobody_expected_of_the_database_is_answered_500_with_problem_details_and_logged_whatever_the_call()
    {
        var id = await Api.Users.CreateAsync();
        await _sql!.ExecuteAsync("ALTER TABLE users RENAME COLUMN email TO mail");

        (await Api.Users.GetAsync(id)).ShouldBeProblem(500, "An error occurred");
        (await Api.Users.PutAsync(id, new { username = UsersClient.NewName() })).ShouldBeProblem(500, "An error occurred");
        await Eventually.TimesLoggedAsync(Api, times: 2, 500, $"{UsersClient.Path}/{id}");
    }

    private Task<int> AddTriggerAsync(string when, string seconds, string kind = "") => _sql!.ExecuteAsync(
        $"""
        CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END $$;
        CREATE {kind} TRIGGER slow {when} FOR EACH ROW EXECUTE FUNCTION slow();
        """);
}
