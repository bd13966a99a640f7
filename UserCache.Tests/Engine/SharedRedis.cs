namespace UserCache.Tests.Engine;

/// <summary>The one real Redis that all engines use; each test has keys of its own.</summary>
public sealed class SharedRedis : IAsyncLifetime
{
    private DataFolder Data { get; } = new();
    private ConnectionMultiplexer? _connection;

    public SharedRedis() => Server = NewServer();

    public RedisServer Server { get; }

    public IConnectionMultiplexer Connection => _connection!;

    public IDatabase Database => Connection.GetDatabase();

    /// <summary>One that a test may break.</summary>
    public RedisServer NewServer() => new(Data);

    public async Task InitializeAsync()
    {
        await Server.StartAsync();
        _connection = await ConnectionMultiplexer.ConnectAsync($"{Server.ConnectionString},allowAdmin=true,asyncTimeout=30000");
    }

    public async Task DisposeAsync()
    {
        await (_connection?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Server.DisposeAsync();
        Data.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class EngineGroup : ICollectionFixture<SharedRedis>
{
    public const string Name = "engine";
}
