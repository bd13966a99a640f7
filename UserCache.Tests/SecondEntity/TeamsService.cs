namespace UserCache.Tests.SecondEntity;

/// <summary>A replica that has the teams beside the users, with servers of its own.</summary>
internal sealed class TeamsService : IAsyncDisposable
{
    private readonly RedisServer _redis;
    private readonly ConnectionMultiplexer _connection;
    private readonly string _database;

    private TeamsService(RedisServer redis, ConnectionMultiplexer connection, string database)
    {
        (_redis, _connection, _database) = (redis, connection, database);
        Database = NpgsqlDataSource.Create(database);
        Api = NewReplica(knowsTeams: true);
    }

    public ApiHost Api { get; private set; }

    public ManagementClient Management { get; } = new();

    /// <summary>Redis, as someone who looks in from outside sees it.</summary>
    public IDatabase Cache => _connection.GetDatabase();

    /// <summary>The database, as any other SQL client sees it.</summary>
    public NpgsqlDataSource Database { get; }

    public static async Task<TeamsService> StartAsync(App app)
    {
        var (redis, database) = (await app.SpareRedis.TakeAsync(), await app.NewDatabaseAsync());
        await TeamsHosting.MigrateAsync(database);
        var service = new TeamsService(redis, await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString), database);
        await service.StartAsync();
        return service;
    }

    /// <summary>A further replica, not started yet.</summary>
    public ApiHost NewReplica(bool knowsTeams) => new(
        App.Settings(_redis.ConnectionString, _database, knowsTeams ? Management.Settings : []), knowsTeams ? TeamsHosting.AddTo : null);

    public Task StopAsync() => Api.DisposeAsync().AsTask();

    public Task StartAgainAsync()
    {
        Api = NewReplica(knowsTeams: true);
        return StartAsync();
    }

    public Task<Answer> GetAsync(Guid id) => Api.Users.GetAsync($"/api/v1/teams/{id}");

    public Task<Answer> PutAsync(Guid id, string name) => Api.Users.SendTextAsync(HttpMethod.Put, $"/api/v1/teams/{id}/{name}", text: null);

    /// <summary>How many changes wait to be relayed.</summary>
    public Task<long> PendingAsync(string cache) => Database.ScalarAsync<long>(
        "SELECT count(*) FROM cache_invalidations WHERE cache = $1 AND relayed_at IS NULL", cache);

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        Management.Dispose();
        await Database.DisposeAsync();
        await _connection.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private async Task StartAsync()
    {
        await Api.StartAsync();
        await Health.WaitAsync(Api.Url, "Healthy");
    }
}
