using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using UserCache.ApiService.Users;

namespace UserCache.Tests.Database;

/// <summary>A database that has the schema from before caches of other tables.</summary>
[Collection(DatabaseGroup.Name)]
public sealed class UpgradeTests(App app)
{
    private const string Before = "20261128140000_InvalidationsByTransaction";

    [Fact]
    public async Task Versions_go_on_and_changes_that_wait_are_relayed_after_the_schema_is_brought_up_to_date()
    {
        var connection = await app.NewEmptyDatabaseAsync();
        await using (var context = new UsersDbContext(
            new DbContextOptionsBuilder<UsersDbContext>().UseNpgsql($"{connection};Pooling=false").Options))
        {
            await context.GetService<IMigrator>().MigrateAsync(Before);
        }

        await using var database = NpgsqlDataSource.Create(connection);
        await database.ExecuteAsync(
            """
            INSERT INTO users (username) VALUES ('stays'), ('goes');
            UPDATE users SET email = 'a@example.com';
            DELETE FROM users WHERE username = 'goes'
            """);
        var before = await TimesAsync(database);
        await using var redis = await app.SpareRedis.TakeAsync();
        await using var api = await App.StartReplicaAsync(redis.ConnectionString, connection);

        Assert.Equal("\"2\"", (await api.Users.GetAsync(1)).ETag);
        Assert.Equal(before, await TimesAsync(database));
        Assert.Equal("\"3\"", (await api.Users.PutAsync(1, new { username = "stays" })).ETag);
        await database.ExecuteAsync("INSERT INTO users (id, username) OVERRIDING SYSTEM VALUE VALUES (2, 'back')");
        await Eventually.GetAsync(() => api.Users.GetAsync(2), user => user.ETag == "\"4\"");
        await Eventually.GetAsync(
            () => database.ScalarAsync<long>("SELECT count(*) FROM cache_invalidations WHERE relayed_at IS NULL"), pending => pending == 0);
        Assert.Equal(
            ["1", "1", "1", "2", "2", "2", "2"],
            await database.RowsAsync(
                "SELECT row_key FROM cache_invalidations WHERE cache = 'users' ORDER BY row_key", row => row.GetString(0)));
    }

    private static Task<List<(DateTime Created, DateTime Updated)>> TimesAsync(NpgsqlDataSource database) => database.RowsAsync(
        "SELECT created_at, updated_at FROM users", row => (row.GetDateTime(0), row.GetDateTime(1)));
}
