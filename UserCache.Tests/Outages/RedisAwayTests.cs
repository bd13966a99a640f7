namespace UserCache.Tests.Outages;

/// <summary>Redis is optional: each test breaks a Redis of its own in one way and makes all six calls.</summary>
[Collection(OutagesGroup.Name)]
public sealed class RedisAwayTests(App app)
{
    // With the address and the reason.
    private const int NotConnected = 111;
    private const int NotRelayed = 310;

    private const string Bypass = "UserCache; fwd=bypass; detail=redis-unavailable";

    [Theory]
    [InlineData("127.0.0.1:1", "", "connection refused")]
    [InlineData("", ",password=wrong", "wrong password")]
    [InlineData("redis.invalid:6379", "", null)]
    public async Task Redis_that_cannot_be_reached_at_start_is_named_in_the_log_with_the_reason_and_all_calls_work(
        string server, string options, string? reason)
    {
        server = server.Length > 0 ? server : $"127.0.0.1:{app.Redis.Port}";
        await using var api = await App.StartReplicaAsync(server + options, app.Postgres.ConnectionString);

        await Eventually.LoggedAsync(api, NotConnected, reason is null ? [server] : [server, reason]);
        await AssertAllCallsWorkAsync(api, Bypass);
    }

    [Fact]
    public async Task Redis_hanging_at_start_is_named_in_the_log_and_all_calls_work()
    {
        await using var redis = await app.SpareRedis.TakeAsync();
        redis.Pause();
        await using var api = await App.StartReplicaAsync(redis.ConnectionString, app.Postgres.ConnectionString);

        await Eventually.LoggedAsync(api, NotConnected, $"127.0.0.1:{redis.Port}", "timed out");
        await AssertAllCallsWorkAsync(api, Bypass);

        redis.Resume();
        await AssertCachesAsync(api);
    }

    [Fact]
    public async Task Redis_that_starts_after_the_service_is_used_from_then_on()
    {
        await using var redis = new RedisServer(app.Data);
        await using var api = await App.StartReplicaAsync(redis.ConnectionString, app.Postgres.ConnectionString);
        await AssertAllCallsWorkAsync(api, Bypass);

        await redis.StartAsync();

        await AssertCachesAsync(api);
    }

    [Fact]
    public async Task Redis_killed_midway_leaves_all_calls_working_and_readiness_degraded_until_it_is_back()
    {
        await using var redis = await app.SpareRedis.TakeAsync();
        await using var api = await App.StartReplicaAsync(redis.ConnectionString, app.Postgres.ConnectionString);
        await AssertCachesAsync(api);
        await AssertAllCallsWorkAsync(api, "UserCache; fwd=uri-miss; stored");

        await redis.KillAsync();

        await AssertAllCallsWorkAsync(api, Bypass);
        Assert.Equal((200, "Degraded"), (await api.Users.GetAsync("/health")).StatusAndBody);
        Assert.Equal("Healthy", (await api.Users.GetAsync("/alive")).Body);

        await redis.StartAsync();
        await AssertCachesAsync(api);
        await api.Users.BecomesHealthyAsync();
    }

    [Fact]
    public async Task Redis_hanging_midway_costs_a_few_writes_its_timeout_and_the_others_nothing_and_all_calls_work()
    {
        await using var redis = await app.SpareRedis.TakeAsync();
        await using var api = await App.StartReplicaAsync(
            redis.ConnectionString, app.Postgres.ConnectionString, ("Cache:RedisTimeout", "00:00:01"));
        var id = await api.Users.CreateAsync();
        await AssertCachesAsync(api);
        redis.Pause();
        await AssertAllCallsWorkAsync(api, Bypass);
        redis.Resume();
        await AssertCachesAsync(api);
        redis.Pause();
        var durations = new List<TimeSpan>();
        for (var write = 0; write < 50; write++)
        {
            var started = Stopwatch.GetTimestamp();
            Assert.Equal(
                "UserCache; fwd=method; detail=invalidation-pending",
                (await api.Users.PutAsync(id, new { username = "hung" })).CacheStatus);
            durations.Add(Stopwatch.GetElapsedTime(started));
        }

        // Each has two things to tell Redis.
        Assert.InRange(durations.Count(duration => duration >= TimeSpan.FromSeconds(1)), 1, 10);
        redis.Resume();
    }

    [Fact]
    public async Task Redis_that_refuses_writes_at_start_is_named_in_the_log_and_all_calls_work()
    {
        await using var redis = new RedisServer(app.Data, "--min-replicas-to-write", "1");
        await redis.StartAsync();

        await using var api = await App.StartReplicaAsync(
            redis.ConnectionString, await app.NewDatabaseAsync(), ("Database:AddDemoUsers", "true"));

        await AssertAllCallsWorkAsync(api, Bypass);
        await Eventually.GetAsync(
            () => Task.FromResult(
                api.Log.GetSnapshot().FirstOrDefault(record => record.Id.Id == NotRelayed)?.GetStructuredStateValue("Reason") ?? ""),
            reason => reason.StartsWith("NOREPLICAS", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Full_Redis_leaves_all_calls_working_without_storing()
    {
        await using var redis = await app.SpareRedis.TakeAsync();
        await using var api = await App.StartReplicaAsync(redis.ConnectionString, app.Postgres.ConnectionString);
        await AssertCachesAsync(api);
        await redis.CommandAsync("CONFIG", "SET", "maxmemory", "1");

        await AssertAllCallsWorkAsync(api, "UserCache; fwd=uri-miss");
    }

    /// <summary>Makes all six calls; <paramref name="cacheStatus"/> is what a read of an unseen user is answered with.</summary>
    private static async Task AssertAllCallsWorkAsync(ApiHost api, string cacheStatus)
    {
        var name = UsersClient.NewName();

        var created = await api.Users.PostAsync(new { username = name });
        Assert.Equal(201, created.Status);
        var id = created.Data.GetProperty("id").GetInt64();

        var read = await api.Users.GetAsync(id);
        Assert.Equal((200, name, cacheStatus), (read.Status, read.Username, read.CacheStatus));
        Assert.Equal(id, (await api.Users.GetManyAsync(id)).Data[0].GetProperty("id").GetInt64());
        Assert.Equal(id, (await api.Users.GetAsync($"{UsersClient.Path}?after={id - 1}&limit=1")).Data[0].GetProperty("id").GetInt64());

        var renamed = UsersClient.NewName();
        Assert.Equal(200, (await api.Users.PutAsync(id, new { username = renamed })).Status);
        Assert.Equal(renamed, (await api.Users.GetAsync(id)).Username);

        Assert.Equal(204, (await api.Users.DeleteAsync(id)).Status);
        Assert.Equal(404, (await api.Users.GetAsync(id)).Status);
    }

    private static async Task AssertCachesAsync(ApiHost api)
    {
        var id = await api.Users.CreateAsync();
        await api.Users.GetHitAsync(id);
    }
}
