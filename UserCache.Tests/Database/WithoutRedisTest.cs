namespace UserCache.Tests.Database;

/// <summary>What is PostgreSQL's part alone: a replica that does not reach Redis, with a database of its own.</summary>
public abstract class WithoutRedisTest(App app) : IAsyncLifetime
{
    private NpgsqlDataSource? _database;
    private ApiHost? _api;

    private protected NpgsqlDataSource Database => _database!;

    private protected ApiHost Api => _api!;

    private protected UsersClient Users => Api.Users;

    public async Task InitializeAsync()
    {
        var connectionString = await app.NewDatabaseAsync();
        _database = NpgsqlDataSource.Create(connectionString);
        _api = await App.StartReplicaAsync("127.0.0.1:1", connectionString);
    }

    public async Task DisposeAsync()
    {
        await (_api?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_database?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
