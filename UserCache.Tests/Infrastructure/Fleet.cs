using System.Globalization;
using Npgsql;
using StackExchange.Redis;
using UserCache.Tests.Infrastructure.Servers;

namespace UserCache.Tests.Infrastructure;

/// <summary>Some replicas of the API with a Redis and a database of their own. Nobody else has users with their ids.</summary>
public sealed class Fleet : IAsyncDisposable
{
    private const long IdsForEach = 1_000_000;
    private static readonly TimeSpan RelayLimit = TimeSpan.FromSeconds(30);
    private static long _fleets;

    private readonly App _app;
    private readonly List<Replica> _replicas = [];
    private ConnectionMultiplexer? _redis;
    private string _start = "";

    private Fleet(App app, RedisServer redis)
    {
        _app = app;
        Redis = redis;
    }

    public RedisServer Redis { get; }

    public IReadOnlyList<Replica> Replicas => _replicas;

    /// <summary>Redis, as someone who looks in from outside sees it.</summary>
    public IDatabase Cache => _redis!.GetDatabase();

    /// <summary>The database, as any other SQL client sees it.</summary>
    public NpgsqlDataSource Database { get; private set; } = null!;

    public static async Task<Fleet> StartAsync(App app, int replicas, params (string Key, string Value)[] settings)
    {
        var fleet = new Fleet(app, await app.SpareRedis.TakeAsync());
        try
        {
            await fleet.StartAsync(replicas, settings);
            // A replica that is ready need not have reached Redis.
            if (!Array.Exists(settings, setting => setting.Key == "ConnectionStrings:cache"))
            {
                await Task.WhenAll(fleet._replicas.Select(replica => Eventually.LoggedAsync(replica.Api, "and is relied on. Until now")));
            }

            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>How often the database was asked for a user, for that one alone, by what it has logged.</summary>
    public async Task<int> DatabaseReadsAsync(long id) => (await DatabaseReadsAsync([id]))[0];

    /// <summary>The same for each of several.</summary>
    public async Task<int[]> DatabaseReadsAsync(IReadOnlyList<long> ids)
    {
        // The log comes later than the answers, but in order.
        await MarkLogAsync();
        var log = _app.Postgres.Output.ToList();
        Assert.True(log.Exists(line => line.Contains(_start, StringComparison.Ordinal)), "The log that is kept does not reach back to the fleet's start.");
        return [.. ids.Select(id => $"parameters: $1 = '{{{id.ToString(CultureInfo.InvariantCulture)}}}'").Select(one => log.Count(line => line.EndsWith(one, StringComparison.Ordinal)))];
    }

    /// <summary>How many reads of users are under way in the database.</summary>
    public async Task<long> DatabaseReadsUnderWayAsync()
    {
        await using var command = Database.CreateCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%FROM users AS u%' AND pid <> pg_backend_pid()");
        return (long)(await command.ExecuteScalarAsync())!;
    }

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
    public async Task<long[]> AddUsersAsync(int count) => await AddUsersAsync([.. Enumerable.Range(0, count).Select(_ => UsersClient.NewName())]);

    /// <summary>The same for one user.</summary>
    public async Task<long> AddUserAsync(string? username = null) => (await AddUsersAsync([username ?? UsersClient.NewName()]))[0];

    /// <summary>Waits until all changes have been relayed.</summary>
    public Task RelayedAsync() => Eventually.GetAsync(UnrelayedAsync, count => count == 0, RelayLimit);

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
        await Task.WhenAll(_replicas.Select(replica => replica.DisposeAsync().AsTask()));
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

    private async Task<long[]> AddUsersAsync(string[] usernames)
    {
        await using var command = Database.CreateCommand("INSERT INTO users (username) SELECT unnest($1) RETURNING id");
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = usernames });
        var ids = new List<long>();
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                ids.Add(reader.GetInt64(0));
            }
        }

        await RelayedAsync();
        return [.. ids];
    }

    /// <returns>What the database has logged by then.</returns>
    private async Task<string> MarkLogAsync()
    {
        var mark = Guid.NewGuid().ToString();
        await using var command = Database.CreateCommand($"DO $$ BEGIN RAISE LOG '{mark}'; END $$");
        await command.ExecuteNonQueryAsync();
        await Eventually.LoggedAsync(_app.Postgres, mark);
        return mark;
    }

    private async Task<long> UnrelayedAsync()
    {
        await using var command = Database.CreateCommand("SELECT count(*) FROM cache_invalidations WHERE relayed_at IS NULL");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task StartAsync(int replicas, (string Key, string Value)[] settings)
    {
        _redis = await ConnectionMultiplexer.ConnectAsync($"{Redis.ConnectionString},allowAdmin=true");
        var database = await _app.NewDatabaseAsync();
        Database = NpgsqlDataSource.Create(database);
        await using (var log = Database.CreateCommand($"ALTER DATABASE \"{new NpgsqlConnectionStringBuilder(database).Database}\" SET log_statement = 'all'"))
        {
            await log.ExecuteNonQueryAsync();
        }

        _start = await MarkLogAsync();
        var started = new Replica?[replicas];
        try
        {
            await Task.WhenAll(Enumerable.Range(0, replicas).Select(async place => started[place] = await Replica.StartAsync(Redis, database, _app.Postgres.Port, settings)));
        }
        finally
        {
            // Whoever has started is to be disposed of, also when another has not.
            _replicas.AddRange(started.OfType<Replica>());
        }

        await using var ids = Database.CreateCommand($"ALTER TABLE users ALTER COLUMN id RESTART WITH {Interlocked.Increment(ref _fleets) * IdsForEach}");
        await ids.ExecuteNonQueryAsync();
    }
}
