using System.Globalization;
using Npgsql;
using StackExchange.Redis;
using UserCache.Local.Servers;

namespace UserCache.Tests.Infrastructure;

/// <summary>One replica of a <see cref="Fleet"/>, and the networks between it and its servers.</summary>
public sealed record Replica(ApiServer Api, UsersClient Users, TcpProxy ToRedis, TcpProxy ToDatabase);

/// <summary>Some replicas of the API with a Redis and a database of their own. Nobody else has users with their ids.</summary>
public sealed class Fleet : IAsyncDisposable
{
    private const long IdsForEach = 1_000_000;
    private static long _fleets;

    private readonly App _app;
    private readonly List<Replica> _replicas = [];
    private ConnectionMultiplexer? _redis;

    private Fleet(App app)
    {
        _app = app;
        Redis = new RedisServer(app.Data);
    }

    public RedisServer Redis { get; }

    public IReadOnlyList<Replica> Replicas => _replicas;

    /// <summary>Redis, as someone who looks in from outside sees it.</summary>
    public IDatabase Cache => _redis!.GetDatabase();

    /// <summary>The database, as any other SQL client sees it.</summary>
    public NpgsqlDataSource Database { get; private set; } = null!;

    public static async Task<Fleet> StartAsync(App app, int replicas, params (string Key, string Value)[] settings)
    {
        var fleet = new Fleet(app);
        try
        {
            await fleet.StartAsync(replicas, settings);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>How often the database was asked for a user, for that one alone, by what it has logged.</summary>
    public int DatabaseReads(long id) =>
        _app.Postgres.Output.Count(line => line.EndsWith($"parameters: $1 = '{{{id.ToString(CultureInfo.InvariantCulture)}}}'", StringComparison.Ordinal));

    /// <summary>How many reads of users are under way in the database.</summary>
    public async Task<long> DatabaseReadsUnderWayAsync()
    {
        await using var command = Database.CreateCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%FROM users AS u%' AND pid <> pg_backend_pid()");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>How often Redis has run some commands, by themselves or in scripts.</summary>
    public async Task<long> CommandsAsync(params string[] names)
    {
        var stats = (await Cache.Multiplexer.GetServers()[0].InfoAsync("commandstats")).Single().ToDictionary(stat => stat.Key, stat => stat.Value);
        return names.Where(name => stats.ContainsKey($"cmdstat_{name}"))
            .Sum(name => long.Parse(stats[$"cmdstat_{name}"].Split('=', ',')[1], CultureInfo.InvariantCulture));
    }

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
    public async Task<long[]> AddUsersAsync(int count)
    {
        await using var command = Database.CreateCommand(
            "INSERT INTO users (username) SELECT 'added-' || gen_random_uuid() FROM generate_series(1, $1) RETURNING id");
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = count });
        var ids = new List<long>();
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                ids.Add(reader.GetInt64(0));
            }
        }

        await Eventually.GetAsync(UnrelayedAsync, count => count == 0, TimeSpan.FromSeconds(10));
        return [.. ids];
    }

    /// <summary>How many changes no replica has relayed yet.</summary>
    public async Task<long> UnrelayedAsync()
    {
        await using var command = Database.CreateCommand("SELECT count(*) FROM cache_invalidations WHERE relayed_at IS NULL");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Changes a user as a SQL client does that knows nothing of the cache.</summary>
    /// <returns>The new version.</returns>
    public async Task<long> UpdateBySqlAsync(long id)
    {
        await using var command = Database.CreateCommand("UPDATE users SET email = gen_random_uuid() || '@example.com' WHERE id = $1 RETURNING version");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = id });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            replica.Users.Dispose();
            await replica.Api.DisposeAsync();
            await replica.ToRedis.DisposeAsync();
            await replica.ToDatabase.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        if (Database is not null)
        {
            await Database.DisposeAsync();
        }

        await Redis.DisposeAsync();
    }

    private async Task StartAsync(int replicas, (string Key, string Value)[] settings)
    {
        await Redis.StartAsync();
        _redis = await ConnectionMultiplexer.ConnectAsync($"{Redis.ConnectionString},allowAdmin=true");
        var database = await _app.NewDatabaseAsync();
        Database = NpgsqlDataSource.Create(database);
        await using (var log = Database.CreateCommand($"ALTER DATABASE \"{new NpgsqlConnectionStringBuilder(database).Database}\" SET log_statement = 'all'"))
        {
            await log.ExecuteNonQueryAsync();
        }

        for (var replica = 0; replica < replicas; replica++)
        {
            var toRedis = new TcpProxy(Redis.Port);
            var toDatabase = new TcpProxy(_app.Postgres.Port);
            var api = await App.StartReplicaAsync(
                $"127.0.0.1:{toRedis.Port},password={Redis.Password}",
                new NpgsqlConnectionStringBuilder(database) { Port = toDatabase.Port }.ConnectionString,
                [("Logging:LogLevel:UserCache", "Information"), .. settings]);
            _replicas.Add(new Replica(api, new UsersClient(api.Url), toRedis, toDatabase));
        }

        await using var ids = Database.CreateCommand($"ALTER TABLE users ALTER COLUMN id RESTART WITH {Interlocked.Increment(ref _fleets) * IdsForEach}");
        await ids.ExecuteNonQueryAsync();
    }
}
