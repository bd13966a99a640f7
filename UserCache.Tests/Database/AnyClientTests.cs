namespace UserCache.Tests.Database;

/// <summary>Whoever changes users, with whatever rights and settings: the triggers do their part.</summary>
[Collection(DatabaseGroup.Name)]
public sealed class AnyClientTests(App app)
{
    [Theory]
    [InlineData("SET LOCAL search_path = ''")]
    // Temporary tables are looked at before all others, unless a path says otherwise.
    [InlineData("CREATE TEMPORARY TABLE cache_invalidations (LIKE public.cache_invalidations INCLUDING ALL) ON COMMIT DROP")]
    [InlineData("CREATE TEMPORARY TABLE users_cache_versions (LIKE public.users_cache_versions INCLUDING ALL) ON COMMIT DROP")]
    [InlineData("CREATE TEMPORARY TABLE users (LIKE public.users INCLUDING ALL) ON COMMIT DROP")]
    [InlineData("CREATE ROLE clerk; GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON users TO clerk; SET LOCAL ROLE clerk")]
    public async Task Changes_are_recorded_whatever_path_temporary_tables_and_rights_a_client_has(string setting)
    {
        await using var database = NpgsqlDataSource.Create(await app.NewDatabaseAsync());

        await database.ExecuteAsync(
            $"""
            BEGIN;
            {setting};
            INSERT INTO public.users (username) VALUES ('first'), ('second'), ('third');
            UPDATE public.users SET email = 'a@example.com' WHERE username = 'first';
            DELETE FROM public.users WHERE username = 'second';
            TRUNCATE public.users;
            INSERT INTO public.users (id, username) OVERRIDING SYSTEM VALUE VALUES (2, 'fourth');
            COMMIT
            """);

        Assert.Equal(["1:1", "1:2", "1:3", "2:1", "2:2", "2:3", "3:1", "3:2"], await database.RowsAsync(
            "SELECT row_key || ':' || version FROM public.cache_invalidations ORDER BY row_key::bigint, version", row => row.GetString(0)));
    }

    [Fact]
    public async Task Triggers_work_in_whatever_schema_the_service_is_told_to_use()
    {
        var connectionString = await app.NewEmptyDatabaseAsync();
        await using var database = NpgsqlDataSource.Create(connectionString);
        await database.ExecuteAsync("CREATE SCHEMA \"Some app\"");
        await using var api = await App.StartReplicaAsync(app.Redis.ConnectionString, $"{connectionString};Search Path='\"Some app\"'");

        await database.ExecuteAsync("INSERT INTO \"Some app\".users (username) VALUES ('first')");

        Assert.Equal(1L, await database.ScalarAsync<long>("SELECT count(*) FROM \"Some app\".cache_invalidations"));
        Assert.Equal(201, (await api.Users.PostAsync(new { username = UsersClient.NewName() })).Status);
    }

    [Theory]
    [InlineData("users_cache_version")]
    [InlineData("users_cache_record")]
    [InlineData("users_cache_truncate")]
    public async Task Nobody_else_can_make_triggers_of_what_has_the_owner_s_rights(string function)
    {
        await using var database = NpgsqlDataSource.Create(await app.NewDatabaseAsync());

        var refused = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync(
            $"""
            BEGIN;
            CREATE ROLE maker_of_triggers;
            SET LOCAL ROLE maker_of_triggers;
            CREATE TEMPORARY TABLE own (id bigint, version bigint);
            CREATE TRIGGER own AFTER INSERT ON own EXECUTE FUNCTION public.{function}();
            COMMIT
            """));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Fact]
    public async Task Service_and_other_writers_need_the_rights_that_the_database_s_page_gives_and_no_others()
    {
        var connectionString = await app.NewDatabaseAsync();
        await using var database = NpgsqlDataSource.Create(connectionString);
        await database.ExecuteAsync(DatabasePage.Sql("Roles"));
        var service = new NpgsqlConnectionStringBuilder(connectionString) { Username = "usercache", Password = "secret" };
        await using var redis = await app.SpareRedis.TakeAsync();
        await using var api = await App.StartReplicaAsync(
            redis.ConnectionString, service.ConnectionString,
            ("Database:Migrate", "false"), ("Cache:WriterDeadline", "00:00:02"), ("Cache:RedisTimeout", "00:00:00.500"),
            ("Invalidation:ReplayWindow", "00:00:04"));

        var id = await api.Users.CreateAsync();
        await api.Users.GetHitAsync(id);
        await database.ExecuteAsync($"SET ROLE billing; UPDATE users SET email = 'billing@example.com' WHERE id = {id}; RESET ROLE");

        await Eventually.GetAsync(() => api.Users.GetAsync(id), answer => answer.ETag == "\"2\"");
        Assert.Equal(204, (await api.Users.DeleteAsync(id)).Status);
        // Relayed, and purged.
        await Eventually.GetAsync(() => database.ScalarAsync<long>("SELECT count(*) FROM cache_invalidations"), rows => rows == 0);
    }
}
