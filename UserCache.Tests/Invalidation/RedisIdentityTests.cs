namespace UserCache.Tests.Invalidation;

/// <summary>Who Redis is: whether it still has what it was told, and whose cache it holds.</summary>
[Collection(RecoveryGroup.Name)]
public sealed class RedisIdentityTests(App app)
{
    private const string Reader = "reader", Password = "of the reader";

    [Fact]
    public async Task Flushed_Redis_is_not_relied_on_until_its_forgotten_writers_are_waited_out()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2, App.Hurried);
        var (ids, replica) = (await fleet.AddUsersAsync(2), fleet.Replicas[0]);
        await replica.Users.GetHitAsync(ids[0]);

        await fleet.Redis.CommandAsync("FLUSHALL");

        await Task.WhenAll(fleet.Replicas.Select(one => Eventually.LoggedAsync(one.Api, 311)));
        await Eventually.LoggedAsync(replica.Api, 301, "another server answers, or it has lost what it had");
        Assert.Equal(200, (await replica.Users.GetHitAsync(ids[1])).Status);
    }

    [Fact]
    public async Task Mark_outlives_turns_and_outages_of_the_database_however_soon_entries_expire()
    {
        await using var fleet = await Fleet.StartAsync(
            app, replicas: 1, ("Cache:SoftExpiry", "00:00:02"), ("Cache:NegativeExpiry", "00:00:02"), ("Cache:HardExpiry", "00:00:03"));
        await fleet.Replicas[0].Users.BecomesHealthyAsync();

        var mark = Assert.Single((RedisKey[])(await fleet.Redis.CommandAsync("KEYS", "{UserCache:0}:mark:*"))!);

        Assert.True(await fleet.Cache.KeyTimeToLiveAsync(mark) > TimeSpan.FromMinutes(9));
    }

    [Fact]
    public async Task Redis_that_says_nothing_of_itself_is_relied_on_and_stays_so()
    {
        await using var redis = await SilentRedisAsync();
        await using var api = await App.StartReplicaAsync(AsReader(redis), await app.NewDatabaseAsync(), App.Hurried);
        var id = await api.Users.CreateAsync();
        await api.Users.GetHitAsync(id);

        // What is measured is the time itself.
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(3);)
        {
            Assert.True((await api.Users.GetAsync(id)).IsHit);
        }
    }

    [Fact]
    public async Task Redis_that_says_nothing_of_itself_and_takes_on_an_old_copy_under_a_live_connection_never_shows_the_old_value()
    {
        await using var redis = await SilentRedisAsync();
        await using var old = new RedisServer(app.Data) { Password = redis.Password };
        await old.StartAsync();
        await using var api = await App.StartReplicaAsync(
            AsReader(redis), await app.NewDatabaseAsync(), [.. App.Hurried, ("Cache:AuditRate", "0")]);
        var id = await api.Users.CreateAsync("before");
        await api.Users.GetHitAsync(id);
        await old.FollowAsync(redis);
        await old.PromoteAsync();
        Assert.Equal("UserCache; fwd=method", (await api.Users.PutAsync(id, new { username = "after" })).CacheStatus);

        // What is lost within one turn the mark need not show.
        await Eventually.GetAsync(async () => await MarkAsync(redis) - await MarkAsync(old), turns => turns > 0);
        // As a failover behind a proxy, or a snapshot that is restored: the same connection, and what it leads to has missed the write.
        await redis.FollowAsync(old);
        await redis.PromoteAsync();

        await Eventually.LoggedAsync(api, 311);
        await Eventually.GetAsync(
            async () =>
            {
                var answer = await api.Users.GetAsync(id);
                Assert.Equal("after", answer.Username);
                return answer;
            },
            answer => answer.IsHit);
    }

    [Fact]
    public async Task Redis_that_holds_another_database_s_cache_is_not_used_and_health_says_so()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, App.Hurried);
        var id = await fleet.AddUserAsync("ours");
        await fleet.Replicas[0].Users.GetHitAsync(id);
        await using var others = await App.StartReplicaAsync(fleet.Redis.ConnectionString, await app.NewDatabaseAsync());

        await Eventually.LoggedAsync(others, 313);
        Assert.Equal("UserCache; fwd=bypass; detail=redis-unavailable", (await others.Users.GetAsync(id)).CacheStatus);
        Assert.Equal((200, "Degraded"), (await others.Users.GetAsync("/health")).StatusAndBody);
        Assert.True((await fleet.Replicas[0].Users.GetAsync(id)).IsHit);
    }

    [Fact]
    public async Task Databases_that_share_a_Redis_under_prefixes_of_their_own_see_nothing_of_each_other()
    {
        await using var redis = await app.SpareRedis.TakeAsync();
        await using var one = await App.StartReplicaAsync(
            redis.ConnectionString, await app.NewDatabaseAsync(), ("Cache:KeyPrefix", "one:"));
        await using var other = await App.StartReplicaAsync(
            redis.ConnectionString, await app.NewDatabaseAsync(), ("Cache:KeyPrefix", "other:"));
        var (id, same) = (await one.Users.CreateAsync("one"), await other.Users.CreateAsync("other"));
        Assert.Equal(id, same);

        Assert.Equal(("one", "other"), ((await one.Users.GetHitAsync(id)).Username, (await other.Users.GetHitAsync(id)).Username));
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        Assert.True(await connection.GetDatabase().KeyExistsAsync([$"one:USER::{id}"]) == 1);
    }

    private static string AsReader(RedisServer redis) =>
        string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{redis.Port},user={Reader},password={Password}");

    // As a proxy or a managed service may be.
    // Of the only replica.
    private static async Task<long> MarkAsync(RedisServer redis)
    {
        var key = Assert.Single((RedisKey[])(await redis.CommandAsync("KEYS", "{UserCache:0}:mark:*"))!);
        return (long)await redis.CommandAsync("GET", key);
    }

    private async Task<RedisServer> SilentRedisAsync()
    {
        var redis = await app.SpareRedis.TakeAsync();
        await redis.CommandAsync("ACL", "SETUSER", Reader, "on", $">{Password}", "~*", "&*", "+@all", "-info", "-role");
        return redis;
    }
}
