using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using UserCache.ApiService.Users;

namespace UserCache.Tests.Database;

[Collection(DatabaseGroup.Name)]
public sealed class SetupTests(App app)
{
    private static readonly (string, string) WithDemoUsers = ("Database:AddDemoUsers", "true");

    [Fact]
    public async Task Three_replicas_starting_at_once_set_an_empty_database_up_once()
    {
        var connectionString = await app.NewEmptyDatabaseAsync();
        await using var first = App.NewReplica(app.Redis.ConnectionString, connectionString, WithDemoUsers);
        await using var second = App.NewReplica(app.Redis.ConnectionString, connectionString, WithDemoUsers);
        await using var third = App.NewReplica(app.Redis.ConnectionString, connectionString, WithDemoUsers);

        await Task.WhenAll(first.StartAsync(), second.StartAsync(), third.StartAsync());
        await Task.WhenAll(Health.WaitAsync(first.Url), Health.WaitAsync(second.Url), Health.WaitAsync(third.Url));

        Assert.Equal(1_000L, await ScalarAsync(connectionString, "SELECT count(*) FROM users"));
        Assert.Equal(1_000L, await ScalarAsync(connectionString, "SELECT count(DISTINCT username) FROM users WHERE version = 1"));
    }

    [Fact]
    public async Task Demo_users_are_the_same_every_time_and_are_not_added_to_a_table_that_has_users()
    {
        var names = new List<object?>();
        foreach (var connectionString in new[] { await app.NewEmptyDatabaseAsync(), await app.NewEmptyDatabaseAsync() })
        {
            for (var start = 0; start < 2; start++)
            {
                await using var api = await App.StartReplicaAsync(app.Redis.ConnectionString, connectionString, WithDemoUsers);
            }

            names.Add(await ScalarAsync(connectionString, "SELECT string_agg(id || username, ',' ORDER BY id) FROM users"));
            Assert.Equal(1_000L, await ScalarAsync(connectionString, "SELECT count(*) FROM users"));
        }

        Assert.Equal(names[0], names[1]);
    }

    [Fact]
    public async Task Replica_whose_schema_is_up_to_date_is_ready_while_the_database_is_copied()
    {
        var connectionString = await app.NewDatabaseAsync();
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var dump = await database.OpenConnectionAsync();
        await using var transaction = await dump.BeginTransactionAsync();
        await using var locks = new NpgsqlCommand("LOCK TABLE users, \"__EFMigrationsHistory\" IN ACCESS SHARE MODE", dump, transaction);
        await locks.ExecuteNonQueryAsync();

        await using var api = await App.StartReplicaAsync(app.Redis.ConnectionString, connectionString);

        Assert.Equal(404, (await api.Users.GetAsync(1)).Status);
    }

    [Fact]
    public async Task Replica_that_must_not_migrate_leaves_the_database_alone_and_is_ready_once_another_has()
    {
        var connectionString = await app.NewEmptyDatabaseAsync();
        await using var waiting = App.NewReplica(app.Redis.ConnectionString, connectionString, ("Database:Migrate", "false"));

        await waiting.StartAsync();
        await Eventually.LoggedAsync(waiting, 212, "the schema is not up to date, and Database:Migrate is off");
        Assert.Equal(503, (await waiting.Users.GetAsync("/health")).Status);
        (await waiting.Users.GetAsync(1)).ShouldBeProblem(503, "The database does not serve this call at the moment");
        Assert.Equal(0L, await ScalarAsync(connectionString, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));

        await using var migrating = await App.StartReplicaAsync(app.Redis.ConnectionString, connectionString);

        await Health.WaitAsync(waiting.Url);
    }

    [Fact]
    public async Task Database_of_the_first_schema_keeps_its_users_and_their_versions_when_it_is_brought_up_to_date()
    {
        var connectionString = await app.NewEmptyDatabaseAsync();
        await using (var users = new UsersDbContext(
            new DbContextOptionsBuilder<UsersDbContext>().UseNpgsql($"{connectionString};Pooling=false").Options))
        {
            await users.GetService<IMigrator>().MigrateAsync("20261124220000_TracedInvalidations");
        }

        await using var database = NpgsqlDataSource.Create(connectionString);
        await database.ExecuteAsync("INSERT INTO users (username) VALUES ('kept'), ('gone')");
        await database.ExecuteAsync("DELETE FROM users WHERE username = 'gone'");

        await using var api = await App.StartReplicaAsync(app.Redis.ConnectionString, connectionString);

        await database.ExecuteAsync("DELETE FROM cache_invalidations; UPDATE users SET email = 'a@example.com'");
        await database.ExecuteAsync("INSERT INTO users (id, username) OVERRIDING SYSTEM VALUE VALUES (2, 'other')");
        Assert.Equal([2, 3], await database.RowsAsync("SELECT version FROM users ORDER BY id", row => row.GetInt64(0)));
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        return await database.ScalarAsync<object>(sql);
    }
}
