using UserCache.Tests.Infrastructure;

namespace UserCache.Tests.Caching;

/// <summary>Wrong values that are planted, and whether they are found.</summary>
[Collection(AppGroup.Name)]
public sealed class AuditorTests(App app)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Wrong_values_are_counted_logged_with_key_and_versions_and_evicted()
    {
        using var management = new ManagementClient();
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, [.. management.Settings, ("Cache:AuditRate", "1")]);
        var users = fleet.Replicas[0].Users;
        var ids = await fleet.AddUsersAsync(5);
        foreach (var id in ids)
        {
            await fleet.UpdateBySqlAsync(id);
        }

        await users.DeleteAsync(ids[4]);
        await fleet.RelayedAsync();
        // Older than the row, of its version but with other bytes, newer than the row, no user where there is one, a user where there is none.
        (long Id, int Version, string Body, int RowVersion)[] planted =
        [
            (ids[0], 1, "{\"old\":true}", 2), (ids[1], 2, "{\"other\":true}", 2), (ids[2], 9, "{\"future\":true}", 2), (ids[3], 0, "", 2), (ids[4], 1, "{\"ghost\":true}", 0),
        ];

        foreach (var (id, version, body, _) in planted)
        {
            await fleet.Cache.StringSetAsync($"USER::{id}", Entry(version, body));
            Assert.True((await users.GetAsync(id)).IsHit);
        }

        var metrics = await Eventually.GetAsync(management.ScrapeAsync, metrics => metrics["cache_audit_stale_total"] == planted.Length, Patience);
        Assert.Equal(planted.Length, metrics["cache_audit_checked_total"]);
        foreach (var (id, version, _, rowVersion) in planted)
        {
            await Eventually.LoggedAsync(fleet.Replicas[0].Api, 140, $"USER::{id}", $"{version}", $"{rowVersion}");
            // It is counted and logged before it is evicted.
            await Eventually.GetAsync(() => fleet.Cache.KeyExistsAsync($"USER::{id}"), there => !there, Patience);
            Assert.Equal("UserCache; fwd=uri-miss; stored", (await users.GetAsync(id)).CacheStatus);
        }
    }

    [Fact]
    public async Task Right_values_are_checked_and_are_no_mismatch()
    {
        using var management = new ManagementClient();
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, [.. management.Settings, ("Cache:AuditRate", "1")]);
        var users = fleet.Replicas[0].Users;
        var id = await fleet.AddUserAsync();
        await users.GetAsync(id);
        await users.GetAsync(id + 500_000);
        Assert.Equal(0, (await management.ScrapeAsync())["cache_audit_checked_total"]);

        Assert.True((await users.GetAsync(id)).IsHit);
        Assert.True((await users.GetAsync(id + 500_000)).IsHit);

        var metrics = await Eventually.GetAsync(management.ScrapeAsync, metrics => metrics["cache_audit_checked_total"] == 2, Patience);
        Assert.Equal(0, metrics["cache_audit_stale_total"]);
    }

    [Fact]
    public async Task Old_value_that_is_gone_within_the_time_a_change_needs_is_no_mismatch()
    {
        using var management = new ManagementClient();
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, [.. management.Settings, ("Cache:AuditRate", "1")]);
        var id = await fleet.AddUserAsync();
        await fleet.UpdateBySqlAsync(id);
        await fleet.RelayedAsync();
        await fleet.Cache.StringSetAsync($"USER::{id}", Entry(1, "{\"old\":true}"));
        var gets = await fleet.CommandsAsync("get");

        Assert.True((await fleet.Replicas[0].Users.GetAsync(id)).IsHit);
        // The reader's, and the audit's first look.
        await Eventually.GetAsync(() => fleet.CommandsAsync("get"), now => now >= gets + 2, Patience);
        await fleet.Cache.KeyDeleteAsync($"USER::{id}");

        var metrics = await Eventually.GetAsync(management.ScrapeAsync, metrics => metrics["cache_audit_checked_total"] == 1, Patience);
        Assert.Equal(0, metrics["cache_audit_stale_total"]);
    }

    [Fact]
    public async Task User_that_is_deleted_between_the_audit_s_two_looks_is_no_mismatch()
    {
        using var management = new ManagementClient();
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, [.. management.Settings, ("Cache:AuditRate", "1")]);
        var (replica, users) = (fleet.Replicas[0], fleet.Replicas[0].Users);
        var id = await fleet.AddUserAsync("ghostly");
        await users.GetAsync(id);

        var read = replica.ToDatabase.HoldFrom(Direction.ToClient, "ghostly");
        Assert.True((await users.GetAsync(id)).IsHit);
        await read;
        Assert.Equal(204, (await users.DeleteAsync(id)).Status);
        await fleet.RelayedAsync();
        Assert.Equal("UserCache; fwd=uri-miss; stored", (await users.GetAsync(id)).CacheStatus);
        replica.ToDatabase.Release();

        var metrics = await Eventually.GetAsync(management.ScrapeAsync, metrics => metrics["cache_audit_checked_total"] == 1, Patience);
        Assert.Equal(0, metrics["cache_audit_stale_total"]);
    }

    [Fact]
    public async Task Audit_that_takes_too_long_is_given_up_and_the_next_is_made()
    {
        using var management = new ManagementClient();
        await using var fleet = await Fleet.StartAsync(
            app, replicas: 1, [.. management.Settings, ("Cache:AuditRate", "1"), ("Cache:LoadTimeout", "00:00:01"), ("Logging:LogLevel:UserCache.Caching.Auditor", "Debug")]);
        var (replica, ids) = (fleet.Replicas[0], await fleet.AddUsersAsync(2));
        await replica.Users.GetManyAsync(ids);

        await using (await fleet.LockUsersAsync())
        {
            Assert.True((await replica.Users.GetAsync(ids[0])).IsHit);
            await Eventually.LoggedAsync(replica.Api, 141, $"USER::{ids[0]}");
        }

        await Eventually.GetAsync(
            async () =>
            {
                Assert.True((await replica.Users.GetAsync(ids[1])).IsHit);
                return await management.ScrapeAsync();
            },
            metrics => metrics["cache_audit_checked_total"] >= 1,
            Patience);
    }

    [Fact]
    public async Task Audits_stay_off_the_request_path_and_never_queue_for_the_database()
    {
        using var management = new ManagementClient();
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, [.. management.Settings, ("Cache:AuditRate", "1")]);
        var ids = await fleet.AddUsersAsync(20);
        await fleet.Replicas[0].Users.GetManyAsync(ids);

        await using (await fleet.LockUsersAsync())
        {
            for (var round = 0; round < 30; round++)
            {
                Assert.All(await Task.WhenAll(ids.Select(id => fleet.Replicas[0].Users.GetAsync(id))), answer => Assert.True(answer.IsHit));
                Assert.True(await fleet.DatabaseReadsUnderWayAsync() <= 1);
            }
        }
    }

    private static string Entry(int version, string body) => $"v1 {version} {TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds()}\n{body}";
}
