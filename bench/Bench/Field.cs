namespace UserCache.Bench;

/// <summary>What all contestants stand on: one Redis, one PostgreSQL with a million users.</summary>
internal sealed class Field : IAsyncDisposable
{
    private readonly DataFolder _data = new();

    public Field() => (Redis, Postgres) = (new RedisServer(_data), new PostgresServer(_data));

    public RedisServer Redis { get; }

    public PostgresServer Postgres { get; }

    public IReadOnlyDictionary<string, string> Connections => new Dictionary<string, string>
    {
        ["ConnectionStrings__cache"] = Redis.ConnectionString,
        ["ConnectionStrings__usersdb"] = Postgres.ConnectionString,
    };

    public Task StartAsync() => Task.WhenAll(Redis.StartAsync(), Postgres.StartAsync());

    /// <summary>Fills the table, which UserCache has made.</summary>
    public async Task AddUsersAsync()
    {
        await using var database = NpgsqlDataSource.Create(Postgres.ConnectionString);
        // Without triggers: nobody has cached a user yet.
        await using var fill = database.CreateCommand(
            $"""
            SET session_replication_role = replica;
            INSERT INTO users (username, email, created_at, updated_at, version)
            SELECT 'user-' || n, 'user-' || n || '@example.com', now(), now(), 1 FROM generate_series(1, {Workload.Users}) n;
            SET session_replication_role = DEFAULT;
            ANALYZE users;
            """);
        fill.CommandTimeout = 120;
        await fill.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        await Postgres.DisposeAsync();
        _data.Dispose();
    }
}
