namespace UserCache.Tests.Telemetry;

/// <summary>
/// Whatever happens to a read or a write is in one unbroken trace, and what nobody waits for is in a trace of its own, linked to who caused
/// it.
/// </summary>
[Collection(TimedGroup.Name)]
public sealed class SpanTreeTests(App app)
{
    private const string Miss =
        """
        GET /api/v1/users/{id} miss
          cache.get miss
            redis GET
            redis EVAL
            postgresql
            redis EVAL
        """;

    [Fact]
    public async Task Miss_hit_and_negative_hit_are_one_trace_each_and_only_the_miss_reads_the_database()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var (replica, spans) = (fleet.Replicas[0], fleet.Replicas[0].Api.Spans);
        var id = await replica.Users.CreateAsync();

        await replica.Users.GetAsync(id);
        var miss = (await spans.ExpectAsync(Miss))["cache.get"];
        Assert.Equal(
            (false, "miss", $"USER::{id}", null),
            (miss.GetTagItem("cache.hit"), miss.GetTagItem("cache.outcome"), miss.GetTagItem("cache.key"), miss.GetTagItem("cache.ttl")));
        Assert.Equal(ActivityKind.Internal, miss.Kind);

        await replica.Users.GetAsync(id);
        var hit = (await spans.ExpectAsync("GET /api/v1/users/{id} hit\n  cache.get hit\n    redis GET"))["cache.get"];
        Assert.Equal((true, $"USER::{id}"), (hit.GetTagItem("cache.hit"), hit.GetTagItem("cache.key")));
        Assert.InRange((long)hit.GetTagItem("cache.ttl")!, 240, 330);

        await replica.Users.GetAsync(id + 1);
        await replica.Users.GetAsync(id + 1);
        var negative = (await spans.ExpectAsync("GET /api/v1/users/{id} negative\n  cache.get negative\n    redis GET"))["cache.get"];
        Assert.Equal(true, negative.GetTagItem("cache.hit"));
        Assert.InRange((long)negative.GetTagItem("cache.ttl")!, 20, 33);
    }

    [Fact]
    public async Task Near_hit_says_so_and_has_no_span_of_Redis()
    {
        await using var fleet = await Fleet.StartAsync(
            app, replicas: 1, ("Cache:NearCacheBytes", "1000000"), ("Cache:NearCacheLife", "00:01:00"));
        var (replica, spans) = (fleet.Replicas[0], fleet.Replicas[0].Api.Spans);
        var id = await replica.Users.CreateAsync();

        var near = await Eventually.GetAsync(
            () => replica.Users.GetAsync(id), answer => answer.CacheStatus.EndsWith("near", StringComparison.Ordinal));

        Assert.Matches("^UserCache; hit; ttl=[0-9]+; detail=near$", near.CacheStatus);
        var hit = (await spans.ExpectAsync("GET /api/v1/users/{id} hit\n  cache.get hit"))["cache.get"];
        Assert.Equal((true, true), (hit.GetTagItem("cache.hit"), hit.GetTagItem("cache.near")));
    }

    [Fact]
    public async Task Batch_says_on_the_request_what_all_its_keys_have_in_common_or_that_it_is_partial()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var (replica, spans) = (fleet.Replicas[0], fleet.Replicas[0].Api.Spans);
        var ids = new[] { await replica.Users.CreateAsync(), await replica.Users.CreateAsync() };

        foreach (var (wanted, outcome) in new[] { (ids[..1], "miss"), (ids, "partial"), (ids, "hit") })
        {
            spans.Clear();
            await replica.Users.GetManyAsync(wanted);
            var request = await spans.FindAsync(
                "Microsoft.AspNetCore.Hosting.HttpRequestIn", span => span.DisplayName == "GET /api/v1/users/");
            Assert.Equal(outcome, request.GetTagItem("cache.outcome"));
        }
    }

    [Fact]
    public async Task Redis_spans_follow_the_database_conventions()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var (replica, spans) = (fleet.Replicas[0], fleet.Replicas[0].Api.Spans);
        await replica.Users.GetAsync(await replica.Users.CreateAsync());

        var trace = await spans.ExpectAsync(Miss);

        Assert.All(trace.Spans.Where(span => (string?)span.GetTagItem("db.system.name") == "redis"), span =>
        {
            Assert.Equal(ActivityKind.Client, span.Kind);
            Assert.Contains(span.GetTagItem("db.operation.name"), (object[])["GET", "EVAL"]);
            Assert.StartsWith((string)span.GetTagItem("db.operation.name")!, span.DisplayName, StringComparison.Ordinal);
            Assert.Equal(("127.0.0.1", replica.ToRedis.Port), (span.GetTagItem("server.address"), span.GetTagItem("server.port")));
            Assert.Null(span.GetTagItem("db.system"));
        });
    }

    [Fact]
    public async Task Collapsed_read_is_linked_to_the_read_it_joined_which_alone_has_the_database_span()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var (replica, spans) = (fleet.Replicas[0], fleet.Replicas[0].Api.Spans);
        var (id, cached) = (await replica.Users.CreateAsync("waited-for"), await replica.Users.CreateAsync());
        await replica.Users.GetAsync(cached);
        await spans.ExpectAsync(Miss);
        spans.Clear();

        var first = await replica.StartHeldReadAsync(id, "waited-for");
        var before = await fleet.CommandsAsync("get");
        var second = replica.Users.GetAsync(id);
        await Eventually.GetAsync(() => fleet.CommandsAsync("get"), gets => gets > before);
        // Redis answers in order: the second has its answer by then.
        Assert.True((await replica.Users.GetAsync(cached)).IsHit);
        replica.ToDatabase.Release();
        Assert.Equal(("waited-for", "UserCache; fwd=uri-miss; stored"), (await first).UsernameAndStatus);
        Assert.Equal(("waited-for", "UserCache; fwd=uri-miss; collapsed"), (await second).UsernameAndStatus);

        var leader = (await spans.ExpectAsync(Miss))["cache.get"];
        // The second had arrived after the first's read began, but before its fill was accepted.
        var joined = (await spans.ExpectAsync("GET /api/v1/users/{id} collapsed\n  cache.get collapsed\n    redis GET"))["cache.get"];
        Assert.Equal(leader.Context, Assert.Single(joined.Links).Context);
    }

    [Fact]
    public async Task Stale_read_waits_for_nothing_and_its_refresh_is_a_trace_of_its_own_linked_to_it()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var (replica, spans) = (fleet.Replicas[0], fleet.Replicas[0].Api.Spans);
        var id = await replica.Users.CreateAsync();
        await fleet.Cache.StringSetAsync($"USER::{id}", Planted.Entry($"USER::{id}", version: 1, "{\"planted\":true}"));

        Assert.StartsWith("UserCache; hit; ttl=-", (await replica.Users.GetAsync(id)).CacheStatus, StringComparison.Ordinal);

        var stale = (await spans.ExpectAsync("GET /api/v1/users/{id} stale\n  cache.get stale\n    redis GET"))["cache.get"];
        Assert.Equal(true, stale.GetTagItem("cache.hit"));
        var refresh = (await spans.ExpectAsync("cache.refresh\n  redis EVAL\n  postgresql\n  redis EVAL")).Root;
        Assert.Equal((default, $"USER::{id}"), (refresh.ParentSpanId, refresh.GetTagItem("cache.key")));
        Assert.NotEqual(stale.TraceId, refresh.TraceId);
        Assert.Equal(stale.Context, Assert.Single(refresh.Links).Context);
    }

    [Fact]
    public async Task Bypass_reads_the_database_and_records_why_Redis_did_not_answer()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, App.Hurried);
        var (replica, spans) = (fleet.Replicas[0], fleet.Replicas[0].Api.Spans);
        var id = await replica.Users.CreateAsync();

        fleet.Redis.Pause();
        Assert.Contains("fwd=bypass", (await replica.Users.GetAsync(id)).CacheStatus, StringComparison.Ordinal);

        var failed = await spans.FindAsync("cache.get", span => span.Events.Any(happened => happened.Name == "exception"));
        Assert.Equal("bypass", failed.GetTagItem("cache.outcome"));
        Assert.Equal(
            "StackExchange.Redis.RedisTimeoutException",
            failed.Events.First().Tags.Single(tag => tag.Key == "exception.type").Value);
        // The read itself has not failed.
        Assert.Equal(ActivityStatusCode.Unset, failed.Status);
        Assert.Contains(spans.Of("postgresql"), span => span.ParentSpanId == failed.SpanId);

        // Once Redis is not relied on it is not asked either.
        await spans.ExpectAsync("GET /api/v1/users/{id} bypass\n  cache.get bypass\n    postgresql", () => replica.Users.GetAsync(id));
        fleet.Redis.Resume();
    }

    [Fact]
    public async Task Read_that_fails_and_write_that_fails_say_so_with_the_exception()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var (replica, spans) = (fleet.Replicas[0], fleet.Replicas[0].Api.Spans);
        var id = await replica.Users.CreateAsync("before");

        var write = await replica.StartHeldWriteAsync(id, "after");
        replica.ToDatabase.Cut();
        Assert.Equal(503, (await write).Status);
        Assert.Equal(503, (await replica.Users.GetAsync(id + 1)).Status);

        foreach (var name in new[] { "cache.write", "cache.get" })
        {
            var failed = await spans.FindAsync(name, span => span.Status == ActivityStatusCode.Error);
            Assert.Contains(failed.Events, happened => happened.Name == "exception");
        }
    }

    [Fact]
    public async Task Write_is_one_trace_and_the_batch_that_relays_it_is_another_linked_to_it()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var (replica, spans) = (fleet.Replicas[0], fleet.Replicas[0].Api.Spans);
        var id = await replica.Users.CreateAsync();
        await spans.ExpectAsync("cache.relay\n  redis EVAL\n  postgresql");
        spans.Clear();

        await replica.Users.PutAsync(id, new { username = UsersClient.NewName() });

        var write = await spans.ExpectAsync(
            """
            PUT /api/v1/users/{id}
              postgresql
              cache.write
                redis EVAL
                redis EVAL
            """);
        Assert.Equal($"USER::{id}", write["cache.write"].GetTagItem("cache.key"));
        var relay = (await spans.ExpectAsync("cache.relay\n  redis EVAL\n  postgresql")).Root;
        Assert.Equal((default, 1), (relay.ParentSpanId, relay.GetTagItem("cache.key.count")));
        var link = Assert.Single(relay.Links).Context;
        Assert.Equal((write.Root.TraceId, write.Root.SpanId), (link.TraceId, link.SpanId));

        // A change by plain SQL has no trace to link to, whatever the client has set.
        spans.Clear();
        await fleet.Database.ExecuteAsync(
            $"""
            SELECT set_config('usercache.traceparent', repeat('nonsense', 100), false);
            UPDATE users SET email = 'a@example.com' WHERE id = {id}
            """);
        Assert.Empty((await spans.ExpectAsync("cache.relay\n  redis EVAL\n  postgresql")).Root.Links);
    }
}
