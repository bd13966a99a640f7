using Microsoft.EntityFrameworkCore;
using UserCache.ApiService.Users;

namespace UserCache.Tests.Infrastructure;

/// <summary>The servers that most tests share: one Redis, one PostgreSQL, one replica of the API, all real.</summary>
public sealed class App : IAsyncLifetime
{
    /// <summary>
    /// What replicas have here unless a test says otherwise. On a machine that is busy, what is slow for once should not be taken for a
    /// Redis or a database that hangs; and the auditor would read the database by chance where reads are counted, and mend what must not be
    /// there.
    /// </summary>
    public static readonly (string Key, string Value)[] Defaults =
    [
        ("Cache:LoadTimeout", "00:00:10"), ("Cache:RedisTimeout", "00:00:02"), ("Cache:WriterDeadline", "00:00:05"),
        ("Cache:AuditRate", "0"),
    ];

    /// <summary>For tests that hold many loads back, on a machine that may be busy: as long as can be set.</summary>
    public static readonly (string Key, string Value) SlowLoads = ("Cache:LoadTimeout", "00:01:00");

    /// <summary>
    /// For tests that wait for the time after which Redis counts as hanging or writers as dead: the shortest deadline, and the longest
    /// timeout that it allows.
    /// </summary>
    public static readonly (string Key, string Value)[] Hurried =
        [("Cache:RedisTimeout", "00:00:00.500"), ("Cache:WriterDeadline", "00:00:02")];

    // Copied for each new one: that is faster than to migrate it.
    private const string Migrated = "migrated";

    private ConnectionMultiplexer? _redis;
    private NpgsqlDataSource? _database;
    private ApiHost? _api;
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
    public UsersClient Users => Api.Users;

    public ApiHost Api => _api!;

    /// <summary>Its management port.</summary>
    public ManagementClient Management { get; } = new();

    /// <summary>Redis, as someone who looks in from outside sees it.</summary>
    public IDatabase Cache => _redis!.GetDatabase();

    /// <summary>The shared replica's database, as any other SQL client sees it.</summary>
    public NpgsqlDataSource Database => _database!;

    public async Task InitializeAsync()
    {
        await Task.WhenAll(Redis.StartAsync(), Postgres.StartAsync());
        SpareRedis.Prepare();
        _redis = await ConnectionMultiplexer.ConnectAsync(Redis.ConnectionString);
        await MigrateAsync(Postgres.ConnectionString);
        await Postgres.CreateDatabaseAsync(Migrated, PostgresServer.Database);
        _database = NpgsqlDataSource.Create(Postgres.ConnectionString);
        _api = await StartReplicaAsync(Redis.ConnectionString, Postgres.ConnectionString, Management.Settings);
    }

    /// <summary>The settings of a replica.</summary>
    public static Dictionary<string, string> Settings(
        string redis, string postgres, params IEnumerable<(string Key, string Value)> settings)
    {
        var all = new Dictionary<string, string>
        {
            ["ConnectionStrings:cache"] = redis,
            ["ConnectionStrings:usersdb"] = postgres,
            // A hit's log lines are many, and nobody looks at them.
            ["Logging:LogLevel:UserCache"] = "Information",
        };
        foreach (var (key, value) in Defaults.Concat(settings))
        {
            all[key] = value;
        }

        return all;
    }

    /// <summary>A further replica, not started yet.</summary>
    public static ApiHost NewReplica(string redis, string postgres, params (string Key, string Value)[] settings) =>
        new(Settings(redis, postgres, settings));

    /// <summary>A further replica, ready to serve.</summary>
    public static async Task<ApiHost> StartReplicaAsync(string redis, string postgres, params (string Key, string Value)[] settings)
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

    /// <summary>A database of one's own, with the schema and without users.</summary>
    /// <returns>Its connection string.</returns>
    public Task<string> NewDatabaseAsync() => CreateDatabaseAsync(Migrated);

    /// <summary>The same without the schema.</summary>
    public Task<string> NewEmptyDatabaseAsync() => CreateDatabaseAsync("template1");

    public async Task DisposeAsync()
    {
        Management.Dispose();
        await (_api?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_redis?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_database?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Task.WhenAll(Redis.DisposeAsync().AsTask(), Postgres.DisposeAsync().AsTask(), SpareRedis.DisposeAsync().AsTask());
        Data.Dispose();
    }

    private Task<string> CreateDatabaseAsync(string template) =>
        Postgres.CreateDatabaseAsync($"test{Interlocked.Increment(ref _databases)}", template);

    /// <summary>Brings a database up to date, and leaves no connection to it behind: it may be copied then.</summary>
    public static async Task MigrateAsync(string database)
    {
        await using var users = new UsersDbContext(
            new DbContextOptionsBuilder<UsersDbContext>().UseNpgsql($"{database};Pooling=false").Options);
        await users.Database.MigrateAsync();
    }
}
