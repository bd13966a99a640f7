namespace UserCache.Tests.Infrastructure;

/// <summary>One replica of a <see cref="Fleet"/>, and the networks between it and its servers.</summary>
public sealed class Replica : IAsyncDisposable
{
    /// <summary>A commit as it goes over the wire, with its end: "READ COMMITTED" is another matter.</summary>
    public const string Commit = "COMMIT\0";

    // A machine that is busy may take longer than a replica waits otherwise.
    private const int ConnectSeconds = 15;

    // "Redis has caught up with the database and is relied on."
    private const int ReliedOn = 301;

    private static readonly TimeSpan HoldLimit = TimeSpan.FromSeconds(30);

    private readonly ApiHost? _host;
    private readonly ApiServer? _process;
    private readonly bool _reachesRedis;

    /// <param name="redis">Its Redis, unless the settings say otherwise.</param>
    /// <param name="database">How to connect to its database.</param>
    /// <param name="isProcess">Whether it is a process of its own.</param>
    /// <param name="settings">What is not as in <see cref="App.Defaults"/>.</param>
    public Replica(RedisServer redis, string database, bool isProcess, (string Key, string Value)[] settings)
    {
        var connection = new NpgsqlConnectionStringBuilder(database) { Timeout = ConnectSeconds };
        ToRedis = new TcpProxy(redis.Port);
        ToDatabase = new TcpProxy(connection.Port);
        connection.Port = ToDatabase.Port;
        var all = App.Settings(
            $"127.0.0.1:{ToRedis.Port},password={redis.Password}", connection.ConnectionString, [.. Management.Settings, .. settings]);
        _reachesRedis = !Array.Exists(settings, setting => setting.Key == "ConnectionStrings:cache");
        _process = isProcess ? new ApiServer(FreePort.Next(), all) : null;
        _host = isProcess ? null : new ApiHost(all);
        Users = new UsersClient(Url);
    }

    public Uri Url => _host?.Url ?? _process!.Url;

    /// <summary>The replica inside this process.</summary>
    public ApiHost Api => _host ?? throw new InvalidOperationException("This replica is a process of its own.");

    /// <summary>The process that the replica is.</summary>
    public ApiServer Process => _process ?? throw new InvalidOperationException("This replica is inside the tests' process.");

    public UsersClient Users { get; }

    public ManagementClient Management { get; } = new();

    public TcpProxy ToRedis { get; }

    public TcpProxy ToDatabase { get; }

    /// <summary>Returns when it serves, and relies on Redis, if it is to reach it.</summary>
    public async Task StartAsync()
    {
        await (_host?.StartAsync() ?? _process!.StartAsync());
        await Health.WaitAsync(Url);
        // A replica that is ready need not have reached Redis.
        if (_reachesRedis)
        {
            await (_host is null ? Users.BecomesHealthyAsync() : Eventually.LoggedAsync(_host, ReliedOn));
        }
    }

    /// <summary>
    /// Starts a read, and returns when the database has answered it but the answer is held; <see cref="TcpProxy.Release"/> lets it go.
    /// </summary>
    /// <param name="id">Of the user.</param>
    /// <param name="username">What the answer is known by.</param>
    public async Task<Task<Answer>> StartHeldReadAsync(long id, string username)
    {
        var answered = ToDatabase.HoldFrom(Direction.ToClient, username);
        return await HeldAsync(Users.GetAsync(id), answered);
    }

    /// <summary>Starts a write, and returns when its COMMIT is held; <see cref="TcpProxy.Release"/> lets it go.</summary>
    /// <param name="id">Of the user.</param>
    /// <param name="username">The new one.</param>
    /// <param name="direction">Whether it is held before the database has it, or the confirmation on its way back.</param>
    public async Task<Task<Answer>> StartHeldWriteAsync(long id, string username, Direction direction = Direction.ToServer)
    {
        var committing = ToDatabase.HoldFrom(direction, Commit);
        return await HeldAsync(Users.PutAsync(id, new { username }), committing);
    }

    private static async Task<Task<Answer>> HeldAsync(Task<Answer> call, Task held)
    {
        if (await Task.WhenAny(held, call).WaitAsync(HoldLimit) == call)
        {
            Assert.Fail($"It was to be held, and was answered: {await call}");
        }

        await held;
        return call;
    }

    public async ValueTask DisposeAsync()
    {
        Users.Dispose();
        Management.Dispose();
        // First: what is held could not end.
        await ToRedis.DisposeAsync();
        await ToDatabase.DisposeAsync();
        await (_host?.DisposeAsync() ?? _process!.DisposeAsync());
    }
}
