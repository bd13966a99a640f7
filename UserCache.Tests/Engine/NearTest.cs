namespace UserCache.Tests.Engine;

/// <summary>
/// What tests of the near cache have in common. The life of a copy is long, and clocks stand still: what ends one is not its age.
/// </summary>
public abstract class NearTest(SharedRedis redis) : EngineTest(redis)
{
    protected static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    private static readonly (string Key, string Value)[] On = [("NearCacheBytes", "1000000"), ("NearCacheLife", $"{Life}")];
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    /// <summary>One that keeps copies, and hears what it has to forget, over a connection of its own.</summary>
    protected async Task<EngineReplica> NearReplicaAsync(string? connectionString = null, params (string Key, string Value)[] settings)
    {
        var replica = Replica(await ConnectAsync(connectionString ?? Redis.Server.ConnectionString), [.. On, .. settings]);
        await replica.StartAsync();
        await UntilListeningAsync(replica);
        return replica;
    }

    /// <summary>One that publishes, and listens to nobody.</summary>
    protected EngineReplica OtherReplica() => Replica(On);

    protected static Task UntilListeningAsync(EngineReplica replica, int times = 1) => EngineReplica.UntilAsync(() =>
    {
        replica.Time.Advance(Tick);
        return replica.Logged(160) >= times;
    });

    /// <summary>A connection string for a user of Redis' with certain rights.</summary>
    protected async Task<string> UserAsync(params string[] rights)
    {
        var name = $"user-{Guid.NewGuid():N}";
        await Stored.ExecuteAsync("ACL", ["SETUSER", name, "on", ">secret", "~*", "&*", "+@all", .. rights]);
        return $"127.0.0.1:{Redis.Server.Port},user={name},password=secret";
    }

    /// <summary>Reads a row until a copy of it is near.</summary>
    protected static async Task WarmAsync(EngineReplica replica, string key)
    {
        await replica.GetAsync(key);
        await replica.GetAsync(key);
        Assert.True(await IsNearAsync(replica, key));
    }

    protected static async Task<bool> IsNearAsync(EngineReplica replica, string key) => (await replica.GetAsync(key)).IsNear;

    protected static Task UntilForgottenAsync(EngineReplica replica, string key) =>
        EngineReplica.UntilAsync(async () => !await IsNearAsync(replica, key));

    /// <summary>Takes a step of the protocol, alone.</summary>
    protected static async Task StepAsync(EngineReplica replica, string step, string key)
    {
        switch (step)
        {
            case "begin-write":
                await replica.Invalidation.BeginWriteAsync(key);
                break;
            case "end-write":
                await replica.Invalidation.EndWriteAsync(new CacheWrite([key], "token", IsBegun: true, Life));
                break;
            case "invalidate-older":
                await replica.Invalidation.InvalidateOlderAsync(key, 2);
                break;
            case "evict":
                await replica.Cache.EvictAsync(key, CancellationToken.None);
                break;
            default:
                await replica.Cache.Admin.FlushAsync(key, CancellationToken.None);
                break;
        }
    }
}
