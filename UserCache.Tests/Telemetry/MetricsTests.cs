using System.Net;
using System.Net.Sockets;

namespace UserCache.Tests.Telemetry;

/// <summary>The instruments as a scraper reads them. What drives each is in the tests of the engine.</summary>
[Collection(OperationsGroup.Name)]
public sealed class MetricsTests(App app)
{
    private const string Lags = "cache_invalidation_lag_seconds_count";

    private static readonly string[] Outcomes = ["hit", "negative", "miss", "stale", "collapsed", "bypass"];

    [Fact]
    public async Task Requests_are_counted_by_outcome_from_zero()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var id = await fleet.AddUserAsync();
        var before = await fleet.Management.ScrapeAsync();
        Assert.All(Outcomes, outcome => Assert.Equal(0, before["cache_requests_total", "cache_outcome", outcome]));

        await fleet.Replicas[0].Users.GetAsync(id);

        await fleet.Management.ScrapeUntilAsync(metrics => metrics["cache_requests_total", "cache_outcome", "miss"] == 1);
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
    public async Task Spans_that_the_exporter_has_to_drop_are_counted()
    {
        // Takes connections, and never answers.
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        await using var fleet = await Fleet.StartAsync(
            app, replicas: 1,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://{collector.LocalEndpoint}"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "1"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1"));

        await fleet.Replicas[0].Users.GetAsync(1);

        await fleet.Management.ScrapeUntilAsync(
            metrics => metrics["otel_sdk_processor_span_processed_total", "error_type", "queue_full"] > 0);
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
            "cache_requests_total", "cache_load_duration_seconds", "cache_fill_rejected_total", "cache_invalidation_lag_seconds",
            "cache_outbox_depth",
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
        Assert.Equal(
            ["/api/v1/users/", "/api/v1/users/{id}"],
            series.Select(one => one.Tags.GetValueOrDefault("http_route"))
                .Where(route => route?.StartsWith("/api", StringComparison.Ordinal) == true).Distinct().Order());
    }
}
