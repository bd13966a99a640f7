using UserCache.Caching.PostgreSql;

namespace UserCache.Tests.Database;

/// <summary>Behind a PgBouncer in transaction mode, which gives each transaction whichever of its few connections is free.</summary>
[Collection(DatabaseGroup.Name)]
public sealed class PoolerTests(App app)
{
    [Fact]
    public async Task Service_starts_on_an_empty_database_and_serves_many_at_once_behind_a_pooler()
    {
        await using var pooler = new PgBouncerServer(app.Data, await app.NewEmptyDatabaseAsync());
        await pooler.StartAsync();
        await using var redis = await app.SpareRedis.TakeAsync();
        await using var api = await App.StartReplicaAsync(
            redis.ConnectionString, pooler.ConnectionString, ("Database:AddDemoUsers", "true"));

        // More often than a statement is sent before it would be prepared, and by more clients than there are connections.
        await Task.WhenAll(Enumerable.Range(1, 20).Select(async id =>
        {
            for (var turn = 1; turn <= 10; turn++)
            {
                var name = UsersClient.NewName();
                Assert.Equal((200, $"\"{turn + 1}\""), (await api.Users.PutAsync(id, new { username = name })).StatusAndETag);
                Assert.Equal(name, (await api.Users.GetAsync(id)).Username);
                Assert.Equal(404, (await api.Users.GetAsync((1_000_000 * id) + turn)).Status);
            }
        }));

        var created = await api.Users.CreateAsync();
        Assert.Equal(204, (await api.Users.DeleteAsync(created)).Status);
        Assert.Equal(2, (await api.Users.GetAsync($"{UsersClient.Path}?after=0&limit=2")).Data.GetArrayLength());
        await api.Users.BecomesHealthyAsync();
    }

    [Fact]
    public async Task Pooler_is_noticed_where_there_is_one_so_that_statements_are_prepared_where_there_is_none()
    {
        await using var pooler = new PgBouncerServer(app.Data, app.Postgres.ConnectionString);
        await pooler.StartAsync();
        await using var proxy = new TcpProxy(app.Postgres.Port);
        var behindProxy = new NpgsqlConnectionStringBuilder(app.Postgres.ConnectionString) { Port = proxy.Port }.ConnectionString;

        Assert.Equal(
            (true, false, false),
            (await IsNoticedAsync(pooler.ConnectionString), await IsNoticedAsync(app.Postgres.ConnectionString),
                await IsNoticedAsync(behindProxy)));

        static async Task<bool> IsNoticedAsync(string connectionString)
        {
            var (builder, noticed) = (new NpgsqlDataSourceBuilder(connectionString), new Pooler());
            noticed.Watch(builder);
            await using var database = builder.Build();
            await database.ScalarAsync<int>("SELECT 1");
            return noticed.IsThere;
        }
    }

    [Fact]
    public async Task Plain_SQL_behind_a_pooler_is_relayed_too()
    {
        var database = await app.NewDatabaseAsync();
        await using var pooler = new PgBouncerServer(app.Data, database);
        await pooler.StartAsync();
        await using var redis = await app.SpareRedis.TakeAsync();
        await using var api = await App.StartReplicaAsync(redis.ConnectionString, pooler.ConnectionString);
        await using var sql = NpgsqlDataSource.Create(database);
        var id = await api.Users.CreateAsync();
        await api.Users.GetHitAsync(id);

        await sql.ExecuteAsync($"UPDATE users SET email = 'sql@example.com' WHERE id = {id}");

        await Eventually.GetAsync(() => api.Users.GetAsync(id), answer => answer.ETag == "\"2\"");
    }

    [Fact]
    public async Task Transaction_behind_a_pooler_that_outlives_its_writer_s_time_is_ended_by_the_database()
    {
        await using var pooler = new PgBouncerServer(app.Data, app.Postgres.ConnectionString);
        await pooler.StartAsync();
        await using var toPooler = new TcpProxy(pooler.Port);
        var database = new NpgsqlConnectionStringBuilder(app.Postgres.ConnectionString) { Port = toPooler.Port };
        await using var api = await App.StartReplicaAsync(app.Redis.ConnectionString, database.ConnectionString, App.Hurried);

        await HungCommit.AssertIsEndedAsync(app, api, toPooler);
    }

    [Fact]
    public async Task Pooler_that_has_no_server_is_answered_503_with_Retry_After_until_it_has_one()
    {
        await using var postgres = new PostgresServer(app.Data);
        await postgres.StartAsync();
        await using var pooler = new PgBouncerServer(app.Data, postgres.ConnectionString);
        await pooler.StartAsync();
        await using var redis = await app.SpareRedis.TakeAsync();
        await using var api = await App.StartReplicaAsync(redis.ConnectionString, pooler.ConnectionString);
        var id = await api.Users.CreateAsync();
        await postgres.StopAsync();

        // Until the pooler says at once that it has none, in its own words.
        await Eventually.GetAsync(
            async () =>
            {
                foreach (var refused in new[]
                {
                    await api.Users.GetAsync(987_654_321), await api.Users.PutAsync(id, new { username = UsersClient.NewName() }),
                })
                {
                    refused.ShouldBeProblem(503, "The database does not serve this call at the moment.", "The database has not answered");
                    Assert.Equal("1", refused.Headers["Retry-After"]);
                }

                return pooler.Output.Count(line => line.Contains("server login has been failing", StringComparison.Ordinal));
            },
            told => told > 2);

        await postgres.StartAsync();
        await Eventually.GetAsync(() => api.Users.PutAsync(id, new { username = UsersClient.NewName() }), answer => answer.Status == 200);
    }
}
