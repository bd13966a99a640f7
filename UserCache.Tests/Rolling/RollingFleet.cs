namespace UserCache.Tests.Rolling;

/// <summary>Replicas as processes of their own, under a load that goes to those that are ready.</summary>
internal sealed class RollingFleet : IAsyncDisposable
{
    private const int Users = 200;

    // Ten times as long as the balancer takes to look, for a machine that is busy.
    private static readonly (string Key, string Value) Drain = ("Shutdown:Drain", "00:00:01");

    private readonly List<ApiServer> _replicas = [];
    private ReadyReplicas? _ready;
    private SteadyLoad? _load;
    private long _user;

    private RollingFleet(string database) => Database = NpgsqlDataSource.Create(database);

    public IReadOnlyList<ApiServer> Replicas => _replicas;

    public NpgsqlDataSource Database { get; }

    public ReadyReplicas Ready => _ready!;

    public SteadyLoad Load => _load!;

    /// <summary>Starts replicas, and the load when all of them are ready.</summary>
    public static async Task<RollingFleet> StartAsync(App app, int replicas, string redis, params (string Key, string Value)[] settings)
    {
        var database = await app.NewDatabaseAsync();
        var fleet = new RollingFleet(database);
        try
        {
            var ids = await fleet.Database.RowsAsync(
                $"INSERT INTO users (username) SELECT 'user-' || n FROM generate_series(1, {Users}) n RETURNING id",
                row => row.GetInt64(0));
            // So that no client has to wait for another, and ten replicas have room.
            var share = SteadyLoad.Clients.ToString(CultureInfo.InvariantCulture);
            var all = App.Settings(redis, $"{database};Maximum Pool Size={3 * SteadyLoad.Clients}", [
                ("Cache:MaxLoads", share), ("Database:MaxWrites", share), ("Database:MaxPages", share), Drain, .. settings]);
            for (var replica = 0; replica < replicas; replica++)
            {
                fleet._replicas.Add(new ApiServer(FreePort.Next(), all));
            }

            fleet._ready = new ReadyReplicas([.. fleet._replicas.Select(replica => replica.Url)]);
            foreach (var replica in fleet._replicas)
            {
                await replica.StartAsync();
            }

            await fleet._ready.BecomeAsync(replicas);
            fleet._load = new SteadyLoad(fleet._ready, [.. ids]);
            fleet._user = ids[0];
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Restarts a replica as a deployment does, and returns when it gets calls again.</summary>
    public async Task RestartAsync(ApiServer replica)
    {
        await replica.StopAsync();
        await Ready.BecomeAsync(_replicas.Count - 1);
        await replica.StartAsync();
        await Ready.BecomeAsync(_replicas.Count);
    }

    /// <summary>Waits until each replica answers from the cache.</summary>
    public async Task RelyOnRedisAsync()
    {
        foreach (var replica in _replicas)
        {
            using var users = new UsersClient(replica.Url);
            await users.GetHitAsync(_user);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_load?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_ready?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        await Database.DisposeAsync();
    }
}
