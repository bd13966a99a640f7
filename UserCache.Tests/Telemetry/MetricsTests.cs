namespace UserCache.Tests.Telemetry;

/// <summary>Every instrument, driven and read as a scraper reads it.</summary>
[Collection(OperationsGroup.Name)]
public sealed class MetricsTests(App app)
{
    private const string PastSoftExpiry = "v1 1 1000\n{\"planted\":true}";

    private const string Lags = "cache_invalidation_lag_seconds_count";

    private static readonly string[] Outcomes = ["hit", "negative", "miss", "stale", "collapsed", "bypass"];

    [Fact]
    public async Task Requests_are_counted_by_outcome_from_zero()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var (replica, users) = (fleet.Replicas[0], fleet.Replicas[0].Users);
        var ids = await fleet.AddUsersAsync(3);
        await AssertCountsAsync(fleet.Management, []);

        await users.GetAsync(ids[0]);
        await AssertCountsAsync(fleet.Management, ["miss"]);
        await users.GetAsync(ids[0]);
        await AssertCountsAsync(fleet.Management, ["miss", "hit"]);

        await users.GetAsync(ids[0] + 500_000);
        await users.GetAsync(ids[0] + 500_000);
        await AssertCountsAsync(fleet.Management, ["miss", "hit", "miss", "negative"]);

        await fleet.Cache.StringSetAsync($"USER::{ids[0]}", PastSoftExpiry);
        await users.GetAsync(ids[0]);
        await AssertCountsAsync(fleet.Management, ["miss", "hit", "miss", "negative", "stale"]);

        // One of the two leads, and looks again when it asks for the lease; the other joins.
        var before = await fleet.CommandsAsync("get");
        await using (await fleet.LockUsersAsync())
        {
            var reads = new[] { users.GetAsync(ids[1]), users.GetAsync(ids[1]) };
            await Eventually.GetAsync(fleet.DatabaseReadsUnderWayAsync, under => under == 1);
            await Eventually.GetAsync(() => fleet.CommandsAsync("get"), gets => gets >= before + 3);
            // Redis is asked for this too, and answers in order: the other has its answer by then.
            await users.BecomesHealthyAsync();
            Assert.All(reads, read => Assert.False(read.IsCompleted));
        }

        await AssertCountsAsync(fleet.Management, ["miss", "hit", "miss", "negative", "stale", "miss", "collapsed"]);

        replica.ToRedis.Cut();
        await fleet.Management.ScrapeUntilAsync(metrics => metrics["cache_gate_state"] == 0);
        await users.GetAsync(ids[2]);
        await AssertCountsAsync(fleet.Management, ["miss", "hit", "miss", "negative", "stale", "miss", "collapsed", "bypass"]);
    }

    [Fact]
    public async Task Loads_and_refused_fills_are_measured()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var id = await fleet.AddUserAsync("slowly");
        // At its start the replica has read once, to warm its query up, but not through the cache.
        Assert.Equal(double.NaN, (await fleet.Management.ScrapeAsync())["cache_load_duration_seconds_count"]);

        var read = await fleet.Replicas[0].StartHeldReadAsync(id, "slowly");
        await fleet.UpdateBySqlAsync(id);
        await fleet.RelayedAsync();
        fleet.Replicas[0].ToDatabase.Release();
        Assert.Equal("UserCache; fwd=uri-miss", (await read).CacheStatus);

        var metrics = await fleet.Management.ScrapeUntilAsync(metrics => metrics["cache_fill_rejected_total"] == 1);
        Assert.Equal(1, metrics["cache_load_duration_seconds_count"]);
        Assert.InRange(metrics["cache_load_duration_seconds_sum"], 0.001, 30);
    }

    [Fact]
    public async Task Lag_and_depth_of_the_outbox_are_measured_also_while_Redis_is_away()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var id = await fleet.AddUserAsync();
        var before = await fleet.Management.ScrapeUntilAsync(metrics => (metrics["cache_outbox_depth"], metrics[Lags]) == (0, 1));

        await fleet.UpdateBySqlAsync(id);
        await fleet.RelayedAsync();
        var relayed = await fleet.Management.ScrapeUntilAsync(metrics => metrics[Lags] == before[Lags] + 1);
        Assert.InRange(relayed["cache_invalidation_lag_seconds_sum"] - before["cache_invalidation_lag_seconds_sum"], 0.0001, 10);

        fleet.Replicas[0].ToRedis.Cut();
        for (var change = 0; change < 5; change++)
        {
            await fleet.UpdateBySqlAsync(id);
        }

        await fleet.Management.ScrapeUntilAsync(metrics => metrics["cache_outbox_depth"] == 5);
        fleet.Replicas[0].ToRedis.Mend();
        await fleet.Management.ScrapeUntilAsync(metrics => (metrics["cache_outbox_depth"], metrics[Lags]) == (0, relayed[Lags] + 5));

        // What is not known is not made up.
        fleet.Replicas[0].ToDatabase.Cut();
        await fleet.Management.ScrapeUntilAsync(metrics => double.IsNaN(metrics["cache_outbox_depth"]));
    }

    [Fact]
    public async Task Gate_and_breaker_show_a_Redis_that_hangs_and_its_return()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, App.Hurried);
        var metrics = await fleet.Management.ScrapeAsync();
        Assert.Equal((1, 0), (metrics["cache_gate_state"], metrics["cache_breaker_state"]));

        fleet.Redis.Pause();
        await Eventually.GetAsync(
            async () =>
            {
                await fleet.Replicas[0].Users.GetAsync(1);
                return await fleet.Management.ScrapeAsync();
            },
            metrics => metrics["cache_gate_state"] == 0 && metrics["cache_breaker_state"] == 1);

        fleet.Redis.Resume();
        await fleet.Management.ScrapeUntilAsync(metrics => metrics["cache_gate_state"] == 1 && metrics["cache_breaker_state"] == 0);
    }

    [Fact]
    public async Task Every_instrument_has_a_unit_and_a_description_and_no_series_has_an_id()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, ("Cache:AuditRate", "1"));
        var ids = await fleet.AddUsersAsync(20);
        await fleet.Replicas[0].Users.GetManyAsync(ids);
        await fleet.Replicas[0].Users.GetManyAsync(ids);
        foreach (var id in ids)
        {
            await fleet.Replicas[0].Users.GetAsync(id);
        }

        var text = (await fleet.Management.SendAsync(HttpMethod.Get, "/metrics")).Body;
        foreach (var name in new[]
        {
            "cache_requests_total", "cache_load_duration_seconds", "cache_fill_rejected_total", "cache_invalidation_lag_seconds", "cache_outbox_depth",
            "cache_breaker_state", "cache_gate_state", "cache_audit_checked_total", "cache_audit_stale_total",
        })
        {
            Assert.Matches($"# HELP {name} .{{20,}}", text);
            Assert.Matches($"# TYPE {name} (counter|gauge|histogram)", text);
        }

        var series = Metrics.Parse(text).Series;
        Assert.All(series.SelectMany(one => one.Tags), tag => Assert.DoesNotMatch("USER::|^[0-9]{6,}$", tag.Value));
        Assert.All(series.Where(one => one.Tags.ContainsKey("cache_outcome")), one => Assert.Contains(one.Tags["cache_outcome"], Outcomes));
        // Not the paths, of which there are as many as users.
        Assert.Equal(["/api/v1/users/", "/api/v1/users/{id}"], series.Select(one => one.Tags.GetValueOrDefault("http_route")).Where(route => route?.StartsWith("/api", StringComparison.Ordinal) == true).Distinct().Order());
    }

    private static async Task AssertCountsAsync(ManagementClient management, string[] requests)
    {
        var expected = string.Join(' ', Outcomes.Select(outcome => $"{outcome}={requests.Count(request => request == outcome)}"));
        await Eventually.GetAsync(async () => Counts(await management.ScrapeAsync()), counts => counts == expected);

        static string Counts(Metrics metrics) =>
            string.Join(' ', Outcomes.Select(outcome => $"{outcome}={metrics["cache_requests_total", "cache_outcome", outcome]}"));
    }
}
