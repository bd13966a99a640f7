namespace UserCache.Bench;

/// <summary>What all contestants stand on: one Redis, one PostgreSQL with a million users.</summary>
internal sealed class Field : IAsyncDisposable
{
    private readonly DataFolder _data = new();

    public Field() => (Redis, Postgres) = (new RedisServer(_data), new PostgresServer(_data));

    public RedisServer Redis { get; }

    public PostgresServer Postgres { get; }

    /// <summary>Starts the servers and makes the schema.</summary>
    public async Task StartAsync()
    {
        await Task.WhenAll(Redis.StartAsync(), Postgres.StartAsync());
        await using var schema = await StartAsync(Contestant.UserCache);
    }

    /// <summary>Adds the users.</summary>
    public Task AddUsersAsync() =>
        // Without triggers: nobody has cached a user yet. Some languages write a time's last digits even if they are zeros.
        ExecuteAsync(
            $"""
            SET session_replication_role = replica;
            INSERT INTO users (username, email, created_at, updated_at, version)
            SELECT 'user-' || n, 'user-' || n || '@example.com', time, time, 1
            FROM generate_series(1, {Workload.Users}) n, (SELECT date_trunc('second', now()) + interval '0.123456 s' AS time) AS times;
            SET session_replication_role = DEFAULT;
            ANALYZE users;
            """);

    /// <summary>Makes a contestant that is not started yet.</summary>
    /// <param name="contestant">Which.</param>
    /// <param name="postgresPort">Of what stands between it and PostgreSQL, if anything does.</param>
    public RunningContestant Create(Contestant contestant, int? postgresPort = null)
    {
        var postgres = new NpgsqlConnectionStringBuilder(Postgres.ConnectionString) { Port = postgresPort ?? Postgres.Port };
        var connections = new Dictionary<string, string>
        {
            ["ConnectionStrings__cache"] = Redis.ConnectionString,
            ["ConnectionStrings__usersdb"] = postgres.ConnectionString,
            // As Python has it.
            ["REDIS_URL"] = $"redis://:{Redis.Password}@127.0.0.1:{Redis.Port}/1",
            ["DATABASE_URL"] =
                $"postgresql+asyncpg://{postgres.Username}:{postgres.Password}@127.0.0.1:{postgres.Port}/{postgres.Database}",
        };
        return new RunningContestant(contestant, connections, Spans.PortOf(contestant) ?? FreePort.Next());
    }

    /// <summary>Starts contestants and waits until they are ready.</summary>
    public async Task<Lineup> StartAsync(params IReadOnlyList<Contestant> contestants)
    {
        var lineup = new Lineup([.. contestants.Select(one => Create(one))]);
        try
        {
            await Task.WhenAll(lineup.All.Select(one => one.StartAndWaitAsync()));
            return lineup;
        }
        catch
        {
            await lineup.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the changes of all writes are relayed and purged.</summary>
    public async Task DrainAsync()
    {
        await using var database = NpgsqlDataSource.Create(Postgres.ConnectionString);
        await using var isPending = database.CreateCommand("SELECT EXISTS (SELECT FROM cache_invalidations)");
        while ((bool)(await isPending.ExecuteScalarAsync())!)
        {
            await Task.Delay(50);
        }
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var database = NpgsqlDataSource.Create(Postgres.ConnectionString);
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 120;
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        await Postgres.DisposeAsync();
        _data.Dispose();
    }
}
