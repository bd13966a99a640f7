namespace UserCache.Tests.Outages;

/// <summary>The database may blink. These tests have a PostgreSQL of their own.</summary>
[Collection(OutagesGroup.Name)]
public sealed class DatabaseAwayTests(App app)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task PostgreSQL_down_leaves_hits_working_and_answers_503_to_everything_else()
    {
        await using var postgres = new PostgresServer(app.Data);
        await postgres.StartAsync();
        await using var redis = await app.SpareRedis.TakeAsync();
        await using var api = await App.StartReplicaAsync(redis.ConnectionString, postgres.ConnectionString);
        var cached = await api.Users.CreateAsync();
        await api.Users.GetHitAsync(cached);
        var notCached = await api.Users.CreateAsync();

        await postgres.KillAsync();

        var hit = await api.Users.GetAsync(cached);
        Assert.Equal((200, true), (hit.Status, hit.IsHit));
        foreach (var refused in new[]
        {
            await api.Users.GetAsync(notCached),
            await api.Users.GetManyAsync(cached, notCached),
            await api.Users.GetAsync(UsersClient.Path),
            await api.Users.PostAsync(new { username = UsersClient.NewName() }),
            await api.Users.PutAsync(cached, new { username = UsersClient.NewName() }),
            await api.Users.DeleteAsync(cached),
        })
        {
            refused.ShouldBeProblem(503, "The database does not serve this call at the moment.");
            Assert.DoesNotContain("not known", refused.Body, StringComparison.Ordinal);
            Assert.Equal("1", refused.Headers["Retry-After"]);
        }

        // Ready all the same: the replicas share the database, and out of rotation none of them could serve what is cached.
        await AssertDegradedAsync(api);

        await postgres.StartAsync();
        Assert.Equal(200, (await api.Users.GetAsync(notCached)).Status);
    }

    [Fact]
    public async Task PostgreSQL_hanging_leaves_hits_working_and_costs_other_calls_seconds_at_most()
    {
        await using var postgres = new PostgresServer(app.Data);
        await postgres.StartAsync();
        await using var redis = await app.SpareRedis.TakeAsync();
        await using var api = await App.StartReplicaAsync(
            redis.ConnectionString, postgres.ConnectionString, ("Cache:LoadTimeout", "00:00:03"));
        var cached = await api.Users.CreateAsync();
        await api.Users.GetHitAsync(cached);
        var written = await api.Users.CreateAsync();
        var before = await api.Users.GetHitAsync(written);

        postgres.Pause();

        Assert.Equal(200, (await api.Users.GetAsync(cached)).Status);
        await AssertDegradedAsync(api);
        var name = UsersClient.NewName();
        const string DoesNotServe = "The database does not serve this call at the moment";
        foreach (var (call, sentences) in new (Func<Task<Answer>>, string[])[]
        {
            // With an idle connection it is given up when its own time is over, without one when that to connect is.
            (() => api.Users.GetAsync(987_654_321), [DoesNotServe, "The database has not answered within 3 s."]),
            (() => api.Users.GetAsync(UsersClient.Path), [DoesNotServe]),
            (() => api.Users.PutAsync(written, new { username = name }), [DoesNotServe]),
        })
        {
            var started = Stopwatch.GetTimestamp();
            (await call()).ShouldBeProblem(503, sentences);
            Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(12));
        }

        // The change was never committed: what is cached is right.
        Assert.Equal(before.Username, (await api.Users.GetAsync(written)).Username);
        postgres.Resume();
        Assert.Equal(
            before.Username,
            (await api.Users.GetAsync($"{UsersClient.Path}?after={written - 1}&limit=1")).Data[0].GetProperty("username").GetString());
    }

    [Fact]
    public async Task Service_that_starts_before_PostgreSQL_becomes_ready_when_it_is_there()
    {
        await using var postgres = new PostgresServer(app.Data);
        await postgres.StartAsync();
        await postgres.StopAsync();
        await using var api = App.NewReplica(app.Redis.ConnectionString, postgres.ConnectionString);
        await api.StartAsync();
        Assert.Equal((503, "Unhealthy"), (await api.Users.GetAsync("/health")).StatusAndBody);
        Assert.Equal((200, "Healthy"), (await api.Users.GetAsync("/alive")).StatusAndBody);

        await postgres.StartAsync();

        await Health.WaitAsync(api.Url);
        await api.Users.BecomesHealthyAsync();
    }

    [Fact]
    public async Task Reads_that_wait_in_the_driver_for_its_first_connection_in_vain_are_answered_503()
    {
        // The driver asks for the types once, and all other connections wait for that.
        const string Types = "pg_type";
        await using var proxy = new TcpProxy(app.Postgres.Port);
        var setUpAsks = proxy.HoldFrom(Direction.ToServer, Types);
        await using var api = App.NewReplica(
            app.Redis.ConnectionString,
            new NpgsqlConnectionStringBuilder(app.Postgres.ConnectionString) { Port = proxy.Port }.ConnectionString,
            App.SlowLoads);
        await api.StartAsync();
        await setUpAsks.WaitAsync(Limit);

        var readAsks = proxy.HoldFrom(Direction.ToServer, Types);
        var reads = Enumerable.Range(1, 20).Select(id => api.Users.GetAsync(987_654_321 + id)).ToList();
        await readAsks.WaitAsync(Limit);
        proxy.Hold(Direction.ToServer);

        Assert.All(await Task.WhenAll(reads), read => read.ShouldBeProblem(503, "The database does not serve this call at the moment"));
    }

    private static Task<Answer> AssertDegradedAsync(ApiHost api) => Eventually.GetAsync(
        () => api.Users.GetAsync("/health"), health => health.StatusAndBody == (200, "Degraded"), TimeSpan.FromSeconds(4));
}
