namespace UserCache.Tests.Caching;

/// <summary>A Redis Cluster of which a part is away, or elsewhere than before.</summary>
[Collection(RecoveryGroup.Name)]
public sealed class ShardTests(App app)
{
    private const int Users = 12;
    private const string Bypass = "UserCache; fwd=bypass; detail=redis-unavailable";

    // Without the timeout of a shard that does not answer, which is half a second.
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(400);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Shard_that_is_killed_or_hangs_costs_its_users_their_cache_and_the_others_nothing(bool hangs)
    {
        await using var cluster = await RedisCluster.StartAsync(app.Data);
        var database = await app.NewDatabaseAsync();
        await using var sql = NpgsqlDataSource.Create(database);
        await using var api = await App.StartReplicaAsync(cluster.ConnectionString, database, App.Hurried);
        var ids = await CachedUsersAsync(api);
        var lost = cluster.Primaries[1];
        var others = ids.Where(id => RedisCluster.PlaceOf(id) != 1).ToList();
        var ours = ids.Except(others).ToList();
        Assert.True(ours.Count > 0 && others.Count > 0);

        var isAway = Task.Run(async () =>
        {
            if (hangs)
            {
                lost.Pause();
            }
            else
            {
                await lost.KillAsync();
            }

            // Whoever finds it out waits for the timeout.
            await Eventually.GetAsync(() => TimeAsync(() => api.Users.GetAsync(ours[0])), time => time < Soon);
            Assert.Equal((200, "Degraded"), (await api.Users.GetAsync("/health")).StatusAndBody);
        });
        // From before it is away until that is known, and then while it is.
        for (var known = false; !known; known = isAway.IsCompleted)
        {
            await AssertHitsAsync(api, others);
        }

        await isAway;
        foreach (var id in ours)
        {
            var time = await TimeAsync(async () => Assert.Equal(Bypass, (await api.Users.GetAsync(id)).CacheStatus));
            Assert.InRange(time, TimeSpan.Zero, Soon);
        }

        // Changes of both: these are relayed, and those wait.
        await sql.ExecuteAsync("UPDATE users SET email = 'by-sql@example.com'");
        foreach (var id in others)
        {
            var answer = await Eventually.GetAsync(
                () => api.Users.GetAsync(id), answer => answer.Data.GetProperty("version").GetInt64() == 2);
            Assert.NotEqual(Bypass, answer.CacheStatus);
            await api.Users.GetHitAsync(id);
        }

        Assert.Equal(ours.Count, await sql.ScalarAsync<long>("SELECT count(*) FROM cache_invalidations WHERE relayed_at IS NULL"));
        if (hangs)
        {
            lost.Resume();
        }
        else
        {
            await lost.StartAsync();
        }

        foreach (var id in ours)
        {
            var hit = await Eventually.GetAsync(
                async () =>
                {
                    await AssertHitsAsync(api, others);
                    return await api.Users.GetAsync(id);
                },
                answer => answer.IsHit);
            Assert.Equal(2, hit.Data.GetProperty("version").GetInt64());
        }

        await api.Users.BecomesHealthyAsync();
        await Eventually.GetAsync(
            () => sql.ScalarAsync<long>("SELECT count(*) FROM cache_invalidations WHERE relayed_at IS NULL"), count => count == 0);
    }

    [Fact]
    public async Task Slot_that_has_moved_is_not_followed_to_a_server_that_holds_an_old_value()
    {
        await using var cluster = await RedisCluster.StartAsync(app.Data);
        var database = await app.NewDatabaseAsync();
        await using var api = await App.StartReplicaAsync(cluster.ConnectionString, database, App.Hurried);
        var id = (await CachedUsersAsync(api)).First(id => RedisCluster.PlaceOf(id) == 0);
        var key = $"USER::{id}";
        Assert.Equal(200, (await api.Users.PutAsync(id, new { username = $"after-{id}" })).Status);
        await api.Users.GetHitAsync(id);

        var other = cluster.Primaries[1];
        await cluster.MoveSlotAsync(RedisCluster.SlotOf(id), other);
        await Eventually.GetAsync(
            async () =>
            {
                try
                {
                    return await other.CommandAsync("SET", key, Planted.Entry(key, 1, """{"id":0}""", TimeSpan.FromMinutes(5)));
                }
                catch (RedisServerException failure)
                {
                    return RedisResult.Create(failure.Message, ResultType.SimpleString);
                }
            },
            answer => (string?)answer == "OK");

        var answer = await api.Users.GetAsync(id);
        Assert.Equal(($"after-{id}", Bypass), answer.UsernameAndStatus);
        for (var isHit = false; !isHit;)
        {
            answer = await api.Users.GetAsync(id);
            Assert.Equal($"after-{id}", answer.Username);
            isHit = answer.IsHit;
        }

        Assert.True((int)await other.CommandAsync("EXISTS", key) == 1, "It is the new server that has it now.");
    }

    [Fact]
    public async Task Successor_of_a_lost_shard_is_relied_on_when_it_has_caught_up_and_never_shows_what_it_missed()
    {
        await using var cluster = await RedisCluster.StartAsync(app.Data);
        var database = await app.NewDatabaseAsync();
        await using var api = await App.StartReplicaAsync(cluster.ConnectionString, database, App.Hurried);
        var lost = cluster.Primaries[2];
        var successor = await cluster.AddCopyAsync(lost);
        var ids = await CachedUsersAsync(api);
        var ours = ids.Where(id => RedisCluster.PlaceOf(id) == 2).ToList();
        await Eventually.GetAsync(
            async () => (long)await successor.CommandAsync("DBSIZE"), copied => copied >= ours.Count);

        // What is written from here on the copy does not hear of.
        successor.Pause();
        foreach (var id in ours)
        {
            Assert.Equal(200, (await api.Users.PutAsync(id, new { username = $"after-{id}" })).Status);
        }

        await lost.KillAsync();
        successor.Resume();
        Assert.Equal("OK", (string?)await successor.CommandAsync("CLUSTER", "FAILOVER", "TAKEOVER"));

        foreach (var id in ours)
        {
            await Eventually.GetAsync(
                async () =>
                {
                    var answer = await api.Users.GetAsync(id);
                    Assert.Equal($"after-{id}", answer.Username);
                    return answer;
                },
                answer => answer.IsHit);
        }
    }

    private static async Task<TimeSpan> TimeAsync(Func<Task> call)
    {
        var started = Stopwatch.GetTimestamp();
        await call();
        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task AssertHitsAsync(ApiHost api, List<long> ids)
    {
        foreach (var id in ids)
        {
            var answer = await api.Users.GetAsync(id);
            Assert.True(answer.IsHit, answer.ToString());
        }
    }

    private static async Task<List<long>> CachedUsersAsync(ApiHost api)
    {
        var ids = new List<long>();
        for (var user = 0; user < Users; user++)
        {
            ids.Add(await api.Users.CreateAsync());
        }

        await Task.WhenAll(ids.Select(id => api.Users.GetHitAsync(id)));
        return ids;
    }
}
