namespace UserCache.Tests.Infrastructure;

/// <summary>Some replicas of the API with a Redis and a database of their own. Nobody else has users with their ids.</summary>
public sealed class Fleet : IAsyncDisposable
{
    private const long IdsForEach = 1_000_000;

    private static long _fleets;

    private readonly App _app;
    private readonly List<Replica> _replicas = [];
    private ConnectionMultiplexer? _redis;
    private Fleet(App app, RedisServer redis)
    {
        _app = app;
        Redis = redis;
    }

    public RedisServer Redis { get; }

    public IReadOnlyList<Replica> Replicas => _replicas;

    /// <summary>The first replica's management port.</summary>
    public ManagementClient Management => _replicas[0].Management;

    /// <summary>Redis, as someone who looks in from outside sees it.</summary>
    public IDatabase Cache => _redis!.GetDatabase();

    /// <summary>The database, as any other SQL client sees it.</summary>
    public NpgsqlDataSource Database { get; private set; } = null!;

    /// <summary>Starts replicas inside this process.</summary>
    public static Task<Fleet> StartAsync(App app, int replicas, params (string Key, string Value)[] settings) =>
        StartAsync(app, replicas, processes: 0, settings);

    /// <summary>Starts replicas, the first of which are processes of their own: to be killed, or told apart by their process.</summary>
    public static async Task<Fleet> StartAsync(App app, int replicas, int processes, params (string Key, string Value)[] settings)
    {
        var fleet = new Fleet(app, await app.SpareRedis.TakeAsync());
        try
        {
            await fleet.StartReplicasAsync(replicas, processes, settings);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>How many reads of users are under way in the database.</summary>
    public Task<long> DatabaseReadsUnderWayAsync() => Database.ScalarAsync<long>(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND query LIKE '%FROM users WHERE id = ANY%' AND pid <> pg_backend_pid()
        """);

    /// <summary>How often Redis has run some commands, by themselves or in scripts.</summary>
    public Task<long> CommandsAsync(params string[] names) => Cache.Multiplexer.GetServers()[0].CommandsAsync(names);

    /// <summary>Makes whoever reads or writes users wait, until the result is disposed of.</summary>
    public async Task<IAsyncDisposable> LockUsersAsync()
    {
        var connection = await Database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE", connection);
        await command.ExecuteNonQueryAsync();
        // Back in the pool, the connection is rolled back.
        return connection;
    }

    /// <summary>Adds users by plain SQL, which no replica has read, and waits until that has been relayed.</summary>
    /// <returns>Their ids.</returns>
    public async Task<long[]> AddUsersAsync(int count) =>
        await AddUsersAsync([.. Enumerable.Range(0, count).Select(_ => UsersClient.NewName())]);

    /// <summary>The same for one user.</summary>
    public async Task<long> AddUserAsync(string? username = null) => (await AddUsersAsync([username ?? UsersClient.NewName()]))[0];

    /// <summary>Waits until all changes have been relayed.</summary>
    public Task RelayedAsync() => Eventually.GetAsync(
        () => Database.ScalarAsync<long>("SELECT count(*) FROM cache_invalidations WHERE relayed_at IS NULL"), count => count == 0);

    /// <summary>Changes a user as a SQL client does that knows nothing of the cache.</summary>
    /// <returns>The new version.</returns>
    public Task<long> UpdateBySqlAsync(long id) => Database.ScalarAsync<long>(
        "UPDATE users SET email = gen_random_uuid() || '@example.com' WHERE id = $1 RETURNING version", id);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_replicas.Select(replica => replica.DisposeAsync().AsTask()));
        await (_redis?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (Database?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Redis.DisposeAsync();
    }

    private async Task<long[]> AddUsersAsync(string[] usernames)
    {
        const string Insert = "INSERT INTO users (username) SELECT unnest($1) RETURNING id";
        var ids = await Database.RowsAsync(Insert, row => row.GetInt64(0), [usernames]);
        await RelayedAsync();
        return [.. ids];
    }

    private async Task StartReplicasAsync(int replicas, int processes, (string Key, string Value)[] settings)
    {
        _redis = await ConnectionMultiplexer.ConnectAsync($"{Redis.ConnectionString},allowAdmin=true");
        var database = await _app.NewDatabaseAsync();
        Database = NpgsqlDataSource.Create(database);
        await Database.ExecuteAsync($"ALTER TABLE users ALTER COLUMN id RESTART WITH {Interlocked.Increment(ref _fleets) * IdsForEach}");

        for (var replica = 0; replica < replicas; replica++)
        {
            _replicas.Add(new Replica(Redis, database, isProcess: replica < processes, settings));
        }

        await Task.WhenAll(_replicas.Select(replica => replica.StartAsync()));
    }
}
