using UserCache.Tests.SecondEntity;

namespace UserCache.Tests.Chaos;

/// <summary>
/// The servers of a run, all its own: a Redis primary with a replica, behind a proxy, PostgreSQL, and replicas of the API, each of which
/// reaches the proxy and PostgreSQL over links of its own.
/// </summary>
internal sealed class Topology : IAsyncDisposable
{
    private const int ShownErrorLines = 30;

    private readonly DataFolder _data = new();
    private readonly List<TcpProxy> _links = [];
    private readonly List<TcpProxy> _databaseLinks = [];
    private readonly List<ApiServer> _replicas = [];

    private readonly TimeSpan _nearLife;

    /// <param name="nearLife">How long replicas may serve copies of their own; zero for none.</param>
    public Topology(TimeSpan nearLife)
    {
        _nearLife = nearLife;
        Primary = new RedisServer(_data);
        Standby = new RedisServer(_data) { Password = Primary.Password };
        Postgres = new PostgresServer(_data);
        Proxy = new RedisProxy(Primary.Port);
    }

    public RedisServer Primary { get; private set; }

    /// <summary>The replica of <see cref="Primary"/>.</summary>
    public RedisServer Standby { get; private set; }

    public PostgresServer Postgres { get; }

    /// <summary>What leads to <see cref="Primary"/>.</summary>
    public RedisProxy Proxy { get; }

    public IReadOnlyList<ApiServer> Replicas => _replicas;

    /// <summary>What the replicas of the API have logged as errors since each was started last: the first lines of each.</summary>
    public IEnumerable<string> Errors => _replicas.SelectMany((api, replica) => api.Output
        .SkipWhile(line => !line.StartsWith("fail:", StringComparison.Ordinal) && !line.StartsWith("crit:", StringComparison.Ordinal))
        .Take(ShownErrorLines).Select(line => $"replica {replica}: {line}"));

    /// <summary>From each replica of the API to Redis.</summary>
    public IReadOnlyList<TcpProxy> Links => _links;

    /// <summary>From each replica of the API to PostgreSQL.</summary>
    public IReadOnlyList<TcpProxy> DatabaseLinks => _databaseLinks;

    public async Task StartAsync()
    {
        await Task.WhenAll(Primary.StartAsync(), Standby.StartAsync(), Postgres.StartAsync());
        await Standby.FollowAsync(Primary);
        await App.MigrateAsync(Postgres.ConnectionString);
        await TeamsHosting.MigrateAsync(Postgres.ConnectionString);
        await using (var database = NpgsqlDataSource.Create(Postgres.ConnectionString))
        {
            await database.ExecuteAsync(ChaosRow.AddTeams);
        }

        for (var replica = 0; replica < ChaosSettings.Replicas; replica++)
        {
            var link = new TcpProxy(Proxy.Port);
            _links.Add(link);
            var databaseLink = new TcpProxy(Postgres.Port);
            _databaseLinks.Add(databaseLink);
            var settings = new Dictionary<string, string>
            {
                ["ConnectionStrings:cache"] = $"127.0.0.1:{link.Port},password={Primary.Password}",
                ["ConnectionStrings:usersdb"] =
                    new NpgsqlConnectionStringBuilder(Postgres.ConnectionString) { Port = databaseLink.Port }.ConnectionString,
                ["Database:AddDemoUsers"] = "true",
                // A wrong value is the checker's to find, and not to be mended before.
                ["Cache:AuditRate"] = "0",
            };
            if (_nearLife > TimeSpan.Zero)
            {
                settings["Cache:NearCacheBytes"] = ChaosSettings.NearBytes.ToString(CultureInfo.InvariantCulture);
                settings["Cache:NearCacheLife"] = $"{_nearLife}";
            }

            _replicas.Add(new ApiServer(FreePort.Next(), settings, TeamsHosting.Environment));
        }

        await Task.WhenAll(_replicas.Select(StartAsync));
    }

    private static async Task StartAsync(ApiServer replica)
    {
        await replica.StartAsync();
        await Health.WaitAsync(replica.Url);
    }

    /// <summary>Makes the standby the primary. The old one must be dead: nobody may go on using it.</summary>
    public async Task PromoteStandbyAsync()
    {
        Assert.True(Primary.Exited.IsCompleted, "A second primary beside the first would be another fault than the one meant.");
        await Standby.PromoteAsync();
        (Primary, Standby) = (Standby, Primary);
        await Proxy.RetargetAsync(Primary.Port);
    }

    /// <summary>
    /// The same while all connections are kept, and no command is lost. The standby is a server of its own right already; the old primary
    /// may live, for nobody reaches it any more.
    /// </summary>
    public async Task SwapAsync()
    {
        await Proxy.SwapAsync(Standby.Port);
        (Primary, Standby) = (Standby, Primary);
    }

    /// <summary>Waits until each replica of the API relies on Redis.</summary>
    public async Task BecomeHealthyAsync()
    {
        foreach (var replica in _replicas)
        {
            await Health.WaitAsync(replica.Url, "Healthy");
        }
    }

    /// <summary>The users' names, by id.</summary>
    public static async Task<IReadOnlyDictionary<int, string>> UsernamesAsync(NpgsqlDataSource database)
    {
        var rows = await database.RowsAsync(
            "SELECT id, username FROM users WHERE id <= $1", row => ((int)row.GetInt64(0), row.GetString(1)), (long)ChaosRow.Users);
        Assert.Equal(ChaosRow.Users, rows.Count);
        return rows.ToDictionary();
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_replicas.Select(replica => replica.DisposeAsync().AsTask()));
        await Task.WhenAll(_links.Concat(_databaseLinks).Select(link => link.DisposeAsync().AsTask()));
        await Proxy.DisposeAsync();
        await Task.WhenAll(Primary.DisposeAsync().AsTask(), Standby.DisposeAsync().AsTask(), Postgres.DisposeAsync().AsTask());
        _data.Dispose();
    }
}
