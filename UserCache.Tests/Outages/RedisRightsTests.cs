namespace UserCache.Tests.Outages;

/// <summary>A Redis that answers, and refuses: each test has one of its own, and a user of it.</summary>
[Collection(OutagesGroup.Name)]
public sealed class RedisRightsTests(App app)
{
    private const int ReliedOn = 301;
    private const int NotRelayed = 310;
    private const string User = "usercache";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>What a user may lack who has all else.</summary>
    public static TheoryData<string> Missing => ["-@scripting", "-get -mget", "-mget", "resetkeys", "-hsetnx", "-set"];

    [Theory]
    [MemberData(nameof(Missing))]
    public async Task Redis_that_refuses_from_the_start_what_the_cache_needs_is_not_relied_on_and_said_to(string missing)
    {
        await using var redis = await app.SpareRedis.TakeAsync();
        await GrantAsync(redis, missing);
        using var management = new ManagementClient();

        await using var api = await App.StartReplicaAsync(ConnectionString(redis), app.Postgres.ConnectionString, management.Settings);

        await Eventually.GetAsync(() => ReasonAsync(api), IsOfRights);
        Assert.Equal((200, "Degraded"), (await api.Users.GetAsync("/health")).StatusAndBody);
        var reasons = (await management.CallAsync(HttpMethod.Get, "/checks")).GetProperty("reasons");
        Assert.True(IsOfRights(reasons.GetProperty("outbox-relay").GetString()!), $"{reasons}");
        var id = await api.Users.CreateAsync();
        Assert.Equal("UserCache; fwd=bypass; detail=redis-unavailable", (await api.Users.GetAsync(id)).CacheStatus);

        await GrantAsync(redis);
        await api.Users.BecomesHealthyAsync();
        // Not now and then in between.
        Assert.Single(api.Log.GetSnapshot(), record => record.Id.Id == ReliedOn);
    }

    [Theory]
    [MemberData(nameof(Missing))]
    public async Task Redis_that_begins_to_refuse_is_said_to_within_a_second_of_the_first_read_that_has_to_do_without(string missing)
    {
        await using var redis = await app.SpareRedis.TakeAsync();
        await GrantAsync(redis);
        await using var api = await App.StartReplicaAsync(ConnectionString(redis), app.Postgres.ConnectionString);
        var id = await api.Users.CreateAsync();
        await api.Users.GetHitAsync(id);
        await api.Users.BecomesHealthyAsync();

        await GrantAsync(redis, missing);

        await Eventually.GetAsync(
            async () =>
            {
                await Task.WhenAll(Enumerable.Range(1, 20).Select(other => api.Users.GetAsync(id + other)));
                return await api.Users.GetAsync("/health");
            },
            health => health.StatusAndBody == (200, "Degraded"), Soon);
        await Eventually.GetAsync(() => ReasonAsync(api), IsOfRights);
    }

    [Fact]
    public async Task Password_that_was_changed_is_named_as_the_reason()
    {
        await using var redis = await app.SpareRedis.TakeAsync();
        await GrantAsync(redis);
        await using var api = await App.StartReplicaAsync(ConnectionString(redis), app.Postgres.ConnectionString);
        await api.Users.BecomesHealthyAsync();

        await redis.CommandAsync("ACL", "SETUSER", User, "resetpass", ">another");
        await redis.CommandAsync("CLIENT", "KILL", "USER", User);

        await Eventually.GetAsync(() => ReasonAsync(api), reason => reason == "wrong password");
        Assert.Equal((200, "Degraded"), (await api.Users.GetAsync("/health")).StatusAndBody);
    }

    [Fact]
    public async Task Command_that_Redis_does_not_know_is_named_as_the_reason_without_what_it_was_sent()
    {
        await using var redis = new RedisServer(app.Data, "--rename-command", "EVALSHA", "", "--rename-command", "EVAL", "");
        await redis.StartAsync();

        await using var api = await App.StartReplicaAsync(redis.ConnectionString, app.Postgres.ConnectionString);

        var reason = await Eventually.GetAsync(
            () => ReasonAsync(api), reason => reason.Contains("unknown command", StringComparison.Ordinal));
        Assert.DoesNotContain("USER::", reason, StringComparison.Ordinal);
        Assert.Equal((200, "Degraded"), (await api.Users.GetAsync("/health")).StatusAndBody);
    }

    // Redis 7.0 has another word for it where a script does the command.
    private static bool IsOfRights(string reason) =>
        reason.Contains("NOPERM", StringComparison.Ordinal) || reason.Contains("The user executing the script", StringComparison.Ordinal);

    private static string ConnectionString(RedisServer redis) => $"127.0.0.1:{redis.Port},user={User},password=theirs";

    private static Task<RedisResult> GrantAsync(RedisServer redis, string missing = "") => redis.CommandAsync("ACL",
    [
        "SETUSER", User, "on", "resetpass", ">theirs", "~*", "&*", "+@all", .. missing.Split(' ', StringSplitOptions.RemoveEmptyEntries),
    ]);

    /// <returns>The last reason for which changes are not relayed to Redis.</returns>
    private static Task<string> ReasonAsync(ApiHost api) => Task.FromResult(
        api.Log.GetSnapshot().LastOrDefault(record => record.Id.Id == NotRelayed)?.GetStructuredStateValue("Reason") ?? "");
}
