using Npgsql;
using StackExchange.Redis;
using UserCache.Tests.Infrastructure.Servers;

namespace UserCache.Tests.Infrastructure;

/// <summary>The servers that most tests share: one Redis, one PostgreSQL, one replica of the API, all real.</summary>
public sealed class App : IAsyncLifetime
{
    /// <summary>
    /// What replicas have here unless a test says otherwise. On a machine that is busy, what is slow for once should not be taken for a Redis or a
    /// database that hangs; and the auditor would read the database by chance where reads are counted, and mend what must not be there.
    /// </summary>
    public static readonly (string Key, string Value)[] Defaults =
        [("Cache:LoadTimeout", "00:00:10"), ("Cache:RedisTimeout", "00:00:02"), ("Cache:WriterDeadline", "00:00:05"), ("Cache:AuditRate", "0")];

    /// <summary>For tests that hold many loads back, on a machine that may be busy: as long as can be set.</summary>
    public static readonly (string Key, string Value) SlowLoads = ("Cache:LoadTimeout", "00:01:00");

    /// <summary>For tests that wait for the time after which Redis counts as hanging or writers as dead: the shortest deadline, and the longest timeout that it allows.</summary>
    public static readonly (string Key, string Value)[] Hurried = [("Cache:RedisTimeout", "00:00:00.500"), ("Cache:WriterDeadline", "00:00:02")];

    private ConnectionMultiplexer? _redis;
    private NpgsqlDataSource? _database;
    private ApiServer? _api;
    private int _databases;

    public App()
    {
        Redis = new RedisServer(Data);
        Postgres = new PostgresServer(Data);
        SpareRedis = new SpareRedis(Data);
    }

    public DataFolder Data { get; } = new();

    public RedisServer Redis { get; }

    public PostgresServer Postgres { get; }

    public SpareRedis SpareRedis { get; }

    /// <summary>The shared replica.</summary>
    public UsersClient Users { get; private set; } = null!;

    /// <summary>The process that the shared replica is.</summary>
    public ApiServer Api => _api!;

    /// <summary>Its management port.</summary>
    public ManagementClient Management { get; } = new();

    /// <summary>Redis, as someone who looks in from outside sees it.</summary>
    public IDatabase Cache => _redis!.GetDatabase();

    /// <summary>PostgreSQL, as any other SQL client sees it.</summary>
    public NpgsqlDataSource Database => _database!;

    public async Task InitializeAsync()
    {
        await Task.WhenAll(Redis.StartAsync(), Postgres.StartAsync());
        SpareRedis.Prepare();
        _redis = await ConnectionMultiplexer.ConnectAsync(Redis.ConnectionString);
        _database = NpgsqlDataSource.Create(Postgres.ConnectionString);
        _api = await StartReplicaAsync(Redis.ConnectionString, Postgres.ConnectionString, Management.Settings);
        Users = new UsersClient(Api.Url);
    }

    /// <summary>A further replica, not started yet.</summary>
    public static ApiServer NewReplica(string redis, string postgres, params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["ConnectionStrings:cache"] = redis,
            ["ConnectionStrings:usersdb"] = postgres,
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
        };
        foreach (var (key, value) in Defaults.Concat(settings))
        {
            all[key] = value;
        }

        return new ApiServer(FreePort.Next(), all);
    }

    /// <summary>A further replica, ready to serve.</summary>
    public static async Task<ApiServer> StartReplicaAsync(string redis, string postgres, params (string Key, string Value)[] settings)
    {
        var api = NewReplica(redis, postgres, settings);
        try
        {
            await api.StartAsync();
            await Health.WaitAsync(api.Url);
            return api;
        }
        catch
        {
            await api.DisposeAsync();
            throw;
        }
    }

    /// <summary>An empty database of one's own.</summary>
    /// <returns>Its connection string.</returns>
    public Task<string> NewDatabaseAsync() => Postgres.CreateDatabaseAsync($"test{Interlocked.Increment(ref _databases)}");

    public async Task DisposeAsync()
    {
        Users?.Dispose();
        Management.Dispose();
        if (_api is not null)
        {
            await _api.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }

        await Task.WhenAll(Redis.DisposeAsync().AsTask(), Postgres.DisposeAsync().AsTask(), SpareRedis.DisposeAsync().AsTask());
        Data.Dispose();
    }
}

/// <summary>Tests that use the shared servers run one after the other, and no other test beside them: some measure time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AppGroup : ICollectionFixture<App>
{
    public const string Name = "app";
}
