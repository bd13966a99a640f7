namespace UserCache.Tests.Invalidation;

/// <summary>
/// Failovers that nobody is told of: behind a proxy that keeps the connections, of a Redis that does not say which run it is. What is lost
/// may be less than a turn of the relay, so that the marks of some replicas, or of all, are as they were left.
/// </summary>
[Collection(RecoveryGroup.Name)]
public sealed class ProxyFailoverTests(App app)
{
    private static readonly (string, string) Seldom = ("Invalidation:PollInterval", "00:00:01");
    private static readonly (string, string) Never = ("Invalidation:PollInterval", "00:00:05");

    [Fact]
    public async Task Replica_whose_mark_is_as_it_was_left_learns_from_another_that_something_was_lost()
    {
        await using var redis = await HiddenRedis.StartAsync(app);
        await using var seldom = await redis.StartReplicaAsync(Seldom);
        await using var often = await redis.StartReplicaAsync();
        var id = await often.Users.CreateAsync("before");
        await seldom.Users.GetHitAsync(id);
        // Just after a turn of one of them, and before several of the other.
        var marks = await redis.MarksAsync();
        await Eventually.GetAsync(redis.MarksAsync, now => !now.Any(marks.Contains));

        await redis.Standby.PromoteAsync();
        Assert.Equal("UserCache; fwd=method", (await often.Users.PutAsync(id, new { username = "after" })).CacheStatus);
        await redis.RelayedAsync();
        await redis.Proxy.SwapAsync(redis.Standby.Port);

        await Eventually.LoggedAsync(seldom, 311);
        Assert.Equal("after", (await seldom.Users.GetAsync(id)).Username);
    }

    [Fact]
    public async Task Change_that_was_relayed_just_before_is_relayed_again_though_all_marks_are_as_they_were_left()
    {
        await using var redis = await HiddenRedis.StartAsync(app);
        await using var api = await redis.StartReplicaAsync(Never);
        var id = await api.Users.CreateAsync("before");
        await api.Users.GetHitAsync(id);
        // In the turn that relays the change, when the mark has been raised and the change not yet relayed.
        var looking = redis.ToDatabase.HoldFrom(Direction.ToServer, "AS always");
        await looking;
        await redis.Database.ExecuteAsync("UPDATE users SET username = 'after' WHERE id = $1", id);
        await redis.Standby.PromoteAsync();
        redis.ToDatabase.Release();
        await redis.RelayedAsync();

        await redis.Proxy.SwapAsync(redis.Standby.Port);

        await Eventually.GetAsync(() => api.Users.GetAsync(id), answer => answer.Username == "after");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Failover_while_PostgreSQL_is_away_or_hangs_is_noticed_too(bool hangs)
    {
        await using var redis = await HiddenRedis.StartAsync(app);
        await using var api = await redis.StartReplicaAsync();
        var id = await api.Users.CreateAsync();
        await api.Users.GetHitAsync(id);
        await redis.Standby.PromoteAsync();
        if (hangs)
        {
            redis.ToDatabase.Hold(Direction.ToClient);
        }
        else
        {
            redis.ToDatabase.Cut();
        }

        await Health.WaitAsync(api.Url, "Degraded");
        Assert.True((await api.Users.GetAsync(id)).IsHit);

        await redis.Proxy.SwapAsync(redis.Standby.Port);

        await Eventually.LoggedAsync(api, 311, "another server answers, or it has lost what it had");
        (await api.Users.GetAsync(id)).ShouldBeProblem(503, "The database does not serve this call at the moment.");
    }

    /// <summary>A Redis with a replica of it, behind a proxy that hides which of them answers.</summary>
    private sealed record HiddenRedis(
        RedisServer Primary, RedisServer Standby, RedisProxy Proxy, string Postgres, NpgsqlDataSource Database, TcpProxy ToDatabase)
        : IAsyncDisposable
    {
        public static async Task<HiddenRedis> StartAsync(App app)
        {
            var primary = await app.SpareRedis.TakeAsync();
            var standby = new RedisServer(app.Data) { Password = primary.Password };
            await standby.StartAsync();
            await standby.FollowAsync(primary);
            var postgres = new NpgsqlConnectionStringBuilder(await app.NewDatabaseAsync());
            var database = NpgsqlDataSource.Create(postgres);
            var toDatabase = new TcpProxy(postgres.Port);
            postgres.Port = toDatabase.Port;
            return new HiddenRedis(
                primary, standby, new RedisProxy(primary.Port) { HidesRun = true }, postgres.ConnectionString, database, toDatabase);
        }

        public async Task<ApiHost> StartReplicaAsync(params (string, string)[] settings)
        {
            var replica = await App.StartReplicaAsync(
                string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Proxy.Port},password={Primary.Password}"), Postgres, settings);
            await replica.Users.BecomesHealthyAsync();
            return replica;
        }

        public Task<long> RelayedAsync() => Eventually.GetAsync(
            () => Database.ScalarAsync<long>("SELECT count(*) FROM cache_invalidations WHERE relayed_at IS NULL"), count => count == 0);

        /// <summary>The marks of all replicas, each with its value.</summary>
        public async Task<IReadOnlyList<string>> MarksAsync()
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(Primary.ConnectionString);
            var marks = new List<string>();
            await foreach (var key in connection.GetServers()[0].KeysAsync(pattern: "*:mark:*"))
            {
                marks.Add($"{key} {await connection.GetDatabase().StringGetAsync(key)}");
            }

            return marks;
        }

        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            await ToDatabase.DisposeAsync();
            await Database.DisposeAsync();
            await Primary.DisposeAsync();
            await Standby.DisposeAsync();
        }
    }
}
