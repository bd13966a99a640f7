using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using UserCache.Caching.PostgreSql;

namespace UserCache.Tests.Database;

/// <summary>What the migrations' helper does to a table, whatever its key is.</summary>
[Collection(DatabaseGroup.Name)]
public sealed class CacheMigrationTests(App app)
{
    [Theory]
    [InlineData("bigint", "42", "43")]
    [InlineData("integer", "-42", "43")]
    [InlineData("smallint", "42", "43")]
    [InlineData("uuid", "0189dcc7-6f73-7c3c-9c9b-5e4f6d3c2b1a", "0189dcc7-6f73-7c3c-9c9b-5e4f6d3c2b1b")]
    [InlineData("text", "with 'quotes' {and} %", "")]
    [InlineData("varchar(40)", "Ä", "ä")]
    public async Task Each_change_of_a_row_raises_its_version_and_is_recorded_by_its_key_s_text(string type, string key, string other)
    {
        await using var database = await TableAsync($"CREATE TABLE things (code {type} PRIMARY KEY, name text)");
        await RunAsync(database, migration => migration.AddCacheInvalidation("things", "code", cache: "Other-name"));

        await database.ExecuteAsync($"INSERT INTO things VALUES (($1)::text::{type}, 'a')", key);
        await database.ExecuteAsync("UPDATE things SET name = 'b', version = 99");
        await database.ExecuteAsync($"UPDATE things SET code = ($1)::text::{type}", other);
        await database.ExecuteAsync($"UPDATE things SET code = ($1)::text::{type}", key);
        await database.ExecuteAsync("DELETE FROM things");
        await database.ExecuteAsync($"INSERT INTO things VALUES (($1)::text::{type}, 'c')", key);

        Assert.Equal(6, await database.ScalarAsync<long>("SELECT version FROM things"));
        Assert.Equal(
            [(key, 1), (key, 2), (key, 3), (other, 1), (other, 2), (key, 4), (key, 5), (key, 6)],
            await RecordedAsync(database));
    }

    [Fact]
    public async Task Truncation_is_recorded_row_by_row()
    {
        await using var database = await TableAsync("CREATE TABLE things (id bigint PRIMARY KEY)");
        await RunAsync(database, migration => migration.AddCacheInvalidation("things", "id"));
        await database.ExecuteAsync("INSERT INTO things VALUES (1), (2)");

        await database.ExecuteAsync("TRUNCATE things");

        Assert.Equal([("1", 1), ("2", 1), ("1", 2), ("2", 2)], await RecordedAsync(database));
    }

    [Fact]
    public async Task Table_that_has_rows_and_a_version_keeps_them()
    {
        await using var database = await TableAsync(
            "CREATE TABLE things (id bigint PRIMARY KEY, version bigint NOT NULL); INSERT INTO things VALUES (1, 7)");
        await RunAsync(database, migration => migration.AddCacheInvalidation("things", "id"));
        // Again, as a migration that was broken off may be.
        await RunAsync(database, migration => migration.AddCacheInvalidation("things", "id"));

        await database.ExecuteAsync("UPDATE things SET id = id");

        Assert.Equal([("1", 8)], await RecordedAsync(database));
    }

    [Fact]
    public async Task Rows_of_version_zero_and_names_that_are_words_of_SQL_or_have_capitals_will_do()
    {
        await using var database = await TableAsync(
            """
            CREATE TABLE "Order" ("User" uuid PRIMARY KEY, version bigint NOT NULL DEFAULT 0);
            INSERT INTO "Order" VALUES (gen_random_uuid());
            """);

        await RunAsync(database, migration => migration.AddCacheInvalidation("Order", "User"));
        Assert.Equal(1, await database.ScalarAsync<long>("SELECT version FROM \"Order\""));
        await database.ExecuteAsync("TRUNCATE \"Order\"");
        Assert.Equal(2, Assert.Single(await RecordedAsync(database)).Version);
        await RunAsync(database, migration => migration.DropCacheInvalidation("Order"));

        Assert.Empty(await RecordedAsync(database));
    }

    [Theory]
    [InlineData("id bigint", "things.id can't be the key of a cache")]
    [InlineData("id bigint NOT NULL", "things.id can't be the key of a cache")]
    [InlineData("id bigint UNIQUE", "things.id can't be the key of a cache")]
    [InlineData("id bigint, other bigint, PRIMARY KEY (id, other)", "things.id can't be the key of a cache")]
    [InlineData("id char(5) PRIMARY KEY", "things.id can't be the key of a cache")]
    [InlineData("id numeric PRIMARY KEY", "things.id can't be the key of a cache")]
    [InlineData("id timestamptz PRIMARY KEY", "things.id can't be the key of a cache")]
    [InlineData("id text COLLATE loose PRIMARY KEY", "things.id can't be the key of a cache")]
    [InlineData("other bigint PRIMARY KEY", "things.id can't be the key of a cache")]
    [InlineData("id bigint PRIMARY KEY) PARTITION BY RANGE (id", "things.id can't be the key of a cache")]
    [InlineData("other text, id text GENERATED ALWAYS AS (lower(other)) STORED PRIMARY KEY", "things.id can't be the key of a cache")]
    [InlineData("id bigint PRIMARY KEY); CREATE TABLE more () INHERITS (things", "things.id can't be the key of a cache")]
    [InlineData(
        "id bigint PRIMARY KEY); ALTER TABLE things SET UNLOGGED; CREATE TABLE more (id bigint", "things.id can't be the key of a cache")]
    [InlineData("id bigint PRIMARY KEY, version integer NOT NULL", "things.version must be bigint NOT NULL, and not generated")]
    [InlineData("id bigint PRIMARY KEY, version bigint", "things.version must be bigint NOT NULL, and not generated")]
    [InlineData(
        "id bigint PRIMARY KEY, version bigint NOT NULL GENERATED ALWAYS AS (id) STORED",
        "things.version must be bigint NOT NULL, and not generated")]
    public async Task Table_whose_rows_can_t_be_told_apart_by_their_keys_texts_is_refused(string columns, string reason)
    {
        await using var database = await TableAsync(
            "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false); "
            + $"CREATE TABLE things ({columns})");

        var refusal = await Assert.ThrowsAsync<PostgresException>(
            () => RunAsync(database, migration => migration.AddCacheInvalidation("things", "id")));

        Assert.Equal(reason, refusal.MessageText);
    }

    [Theory]
    [InlineData("my things", "id", null)]
    [InlineData("things; DROP TABLE users", "id", null)]
    [InlineData("things", "i\"d", null)]
    [InlineData("things", "id", "it's")]
    [InlineData("things_with_a_name_that_is_longer_than_it_may_be", "id", null)]
    public void Name_that_would_not_stand_for_itself_is_refused(string table, string key, string? cache) =>
        Assert.Throws<ArgumentException>(() => new MigrationBuilder("Npgsql").AddCacheInvalidation(table, key, cache));

    [Fact]
    public async Task What_was_added_can_be_taken_away_and_leaves_others_alone()
    {
        await using var database = await TableAsync(
            "CREATE TABLE things (id bigint PRIMARY KEY); CREATE TABLE others (id bigint PRIMARY KEY)");
        await RunAsync(database, migration => migration.AddCacheInvalidation("things", "id"));
        await RunAsync(database, migration => migration.AddCacheInvalidation("others", "id"));
        await database.ExecuteAsync("INSERT INTO things VALUES (1)");
        await database.ExecuteAsync("INSERT INTO others VALUES (2)");

        await RunAsync(database, migration => migration.DropCacheInvalidation("things"));

        await database.ExecuteAsync("DELETE FROM things");
        await database.ExecuteAsync("DELETE FROM others");
        Assert.Equal([("2", 1), ("2", 2)], await RecordedAsync(database));
    }

    private static async Task<List<(string Row, long Version)>> RecordedAsync(NpgsqlDataSource database) => await database.RowsAsync(
        "SELECT row_key, version FROM cache_invalidations ORDER BY id", row => (row.GetString(0), row.GetInt64(1)));

    private static async Task RunAsync(NpgsqlDataSource database, Action<MigrationBuilder> migrate)
    {
        var migration = new MigrationBuilder("Npgsql");
        migrate(migration);
        foreach (var step in migration.Operations.Cast<SqlOperation>())
        {
            await database.ExecuteAsync(step.Sql);
        }
    }

    private async Task<NpgsqlDataSource> TableAsync(string create)
    {
        var database = NpgsqlDataSource.Create(await app.NewEmptyDatabaseAsync());
        await database.ExecuteAsync(create);
        return database;
    }
}
