namespace UserCache.Tests.Engine;

/// <summary>What tests of the engine have in common: a database, replicas over the one Redis, and keys that are theirs alone.</summary>
[Collection(EngineGroup.Name)]
public abstract class EngineTest(SharedRedis redis) : IAsyncLifetime
{
    private readonly List<EngineReplica> _replicas = [];
    private readonly List<IConnectionMultiplexer> _connections = [];
    private int _keys;

    protected SharedRedis Redis => redis;

    /// <summary>Redis, as someone who looks in from outside sees it.</summary>
    protected IDatabase Stored => redis.Database;

    protected ScriptedSource Source { get; } = new();

    private string Prefix { get; } = $"{Guid.NewGuid():N}";

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }
    }

    protected static string Lease(string key) => $"{{{key}}}:lease";

    protected static string Writers(string key) => $"{{{key}}}:writers";

    /// <summary>Stores an entry that is past its soft expiry.</summary>
    protected Task StoreStaleAsync(string key, long version) =>
        Stored.StringSetAsync(key, Planted.Entry(key, version, $"{{\"version\":{version}}}"));

    protected EngineReplica Replica(params (string Key, string Value)[] settings) => Replica(redis.Connection, settings);

    protected EngineReplica Replica(IConnectionMultiplexer connection, params (string Key, string Value)[] settings)
    {
        var replica = new EngineReplica(connection, Source, configure: null, settings);
        _replicas.Add(replica);
        return replica;
    }

    /// <summary>A replica with more in it than the one cache, whose keys begin with <c>test:</c> then.</summary>
    protected EngineReplica Replica(Action<IServiceCollection> configure, params (string Key, string Value)[] settings)
    {
        var replica = new EngineReplica(redis.Connection, Source, configure, settings);
        _replicas.Add(replica);
        return replica;
    }

    /// <summary>A connection to the one Redis that a test may break, or use by other rights.</summary>
    protected async Task<IConnectionMultiplexer> ConnectAsync(string connectionString)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync($"{connectionString},asyncTimeout=30000");
        _connections.Add(connection);
        return connection;
    }

    /// <summary>A key, and a row at version 1 unless another is said.</summary>
    protected string NewRow(long version = 1)
    {
        var key = $"{Prefix}-{++_keys}";
        Source.Set(key, version);
        return key;
    }

    protected Task<bool> IsStoredAsync(string key) => Stored.KeyExistsAsync(key);

    /// <summary>Starts a read that is held when it has read the row.</summary>
    protected async Task<(Task<CacheResult> Read, HeldLoad Load)> StartHeldReadAsync(EngineReplica replica, string key)
    {
        var load = Source.Hold();
        var read = replica.GetAsync(key);
        await load.Begun;
        return (read, load);
    }

    /// <summary>Starts reads of a key, and waits until all of them have joined a flight or begun it.</summary>
    protected static async Task<List<Task<CacheResult>>> JoinAsync(EngineReplica replica, string key, int readers)
    {
        var waiting = replica.Cache.Waiting(key) + readers;
        var reads = Enumerable.Range(0, readers).Select(_ => replica.GetAsync(key)).ToList();
        await EngineReplica.UntilAsync(() => replica.Cache.Waiting(key) == waiting);
        return reads;
    }

    /// <summary>Makes a change through the API's way: begin, commit, end.</summary>
    protected async Task<bool> WriteAsync(EngineReplica replica, string key, long version)
    {
        var write = await replica.Invalidation.BeginWriteAsync(key);
        Source.Set(key, version);
        return await replica.Invalidation.EndWriteAsync(write);
    }

    protected static void AssertRead(CacheResult result, CacheOutcome outcome, long version, bool stored = false) =>
        Assert.Equal((outcome, version, stored), (result.Outcome, result.Payload.Version, result.Stored));
}
