using Xunit.Abstractions;

namespace UserCache.Tests.Rolling;

/// <summary>Changes while calls go on: none of them fails, though nobody tries again.</summary>
[Collection(RollingGroup.Name)]
public sealed class RollingTests(App app, ITestOutputHelper output)
{
    private const int CallsBetween = 200;

    // ROLLING_REPLICAS=10 for as many as run in production; each takes some seconds to start.
    private static readonly int Replicas =
        int.Parse(Environment.GetEnvironmentVariable("ROLLING_REPLICAS") ?? "3", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Replicas_that_are_restarted_one_by_one_fail_no_call()
    {
        await using var fleet = await RollingFleet.StartAsync(app, Replicas, app.Redis.ConnectionString);

        foreach (var replica in fleet.Replicas)
        {
            await fleet.RestartAsync(replica);
            await fleet.Load.GoOnAsync(CallsBetween);
        }

        await EndAsync(fleet);
    }

    [Fact]
    public async Task Schema_that_is_newer_than_running_replicas_fails_no_call_forward_nor_back()
    {
        const string Newer = "99990101000000_Newer";
        await using var fleet = await RollingFleet.StartAsync(app, replicas: 2, app.Redis.ConnectionString);

        // As a later release would: what it adds, this one does not know.
        await fleet.Database.ExecuteAsync(
            $"""
            BEGIN;
            ALTER TABLE users ADD COLUMN nickname text, ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now();
            CREATE INDEX users_nickname ON users (nickname);
            INSERT INTO "__EFMigrationsHistory" VALUES ('{Newer}', '99.0.0');
            COMMIT
            """);
        await fleet.Load.GoOnAsync(CallsBetween);
        foreach (var replica in fleet.Replicas)
        {
            await fleet.RestartAsync(replica);
        }

        await fleet.Database.ExecuteAsync(
            $"""
            BEGIN;
            ALTER TABLE users DROP COLUMN nickname, DROP COLUMN seen_at;
            DELETE FROM "__EFMigrationsHistory" WHERE "MigrationId" = '{Newer}';
            COMMIT
            """);
        await fleet.Load.GoOnAsync(CallsBetween);
        await fleet.RestartAsync(fleet.Replicas[0]);

        await EndAsync(fleet);
    }

    [Fact]
    public async Task Redis_that_fails_over_to_its_replica_fails_no_call()
    {
        await using var primary = new RedisServer(app.Data);
        await using var standby = new RedisServer(app.Data) { Password = primary.Password };
        await Task.WhenAll(primary.StartAsync(), standby.StartAsync());
        await standby.FollowAsync(primary);
        await using var fleet = await RollingFleet.StartAsync(
            app, replicas: 2, $"127.0.0.1:{primary.Port},{standby.ConnectionString}", App.Hurried);
        await fleet.Load.GoOnAsync(CallsBetween);

        await primary.KillAsync();
        await fleet.Load.GoOnAsync(CallsBetween);
        await standby.PromoteAsync();
        await fleet.RelyOnRedisAsync();
        await fleet.Load.GoOnAsync(CallsBetween);

        await EndAsync(fleet);
    }

    [Fact]
    public async Task Cluster_of_which_a_primary_is_lost_and_its_copy_takes_over_fails_no_call()
    {
        await using var cluster = await RedisCluster.StartAsync(app.Data);
        var copy = await cluster.AddCopyAsync(cluster.Primaries[1]);
        await using var fleet = await RollingFleet.StartAsync(app, replicas: 2, cluster.ConnectionString, App.Hurried);
        await fleet.Load.GoOnAsync(CallsBetween);

        await cluster.Primaries[1].KillAsync();
        await fleet.Load.GoOnAsync(CallsBetween);
        await copy.CommandAsync("CLUSTER", "FAILOVER", "TAKEOVER");
        await fleet.RelyOnRedisAsync();
        await fleet.Load.GoOnAsync(CallsBetween);

        await EndAsync(fleet);
    }

    private async Task EndAsync(RollingFleet fleet)
    {
        await fleet.Load.EndAsync();
        output.WriteLine($"{fleet.Load.Calls:N0} calls, {fleet.Replicas.Count} replicas");
    }
}
