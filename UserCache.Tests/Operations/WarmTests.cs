namespace UserCache.Tests.Operations;

/// <summary>Filling the cache ahead of its readers, and adding users to try it with.</summary>
[Collection(OperationsGroup.Name)]
public sealed class WarmTests(App app)
{
    [Fact]
    public async Task Warm_by_ids_tells_its_progress_and_fills_what_was_not_there()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var ids = await fleet.AddUsersAsync(250);
        await fleet.Replicas[0].Users.GetAsync(ids[0]);
        var counted = (await fleet.Management.ScrapeAsync())["cache_requests_total"];

        var events = await WarmAsync(fleet.Management, new { ids = ids.Append(ids[5]) });

        Assert.Equal(
            [(100, 250), (200, 250), (250, 250)],
            events.Select(progress => (Done(progress), progress.GetProperty("of").GetInt32())));
        Assert.Equal((249, 1, 0), Counts(events[^1]));
        Assert.Equal("UserCache; hit", (await fleet.Replicas[0].Users.GetManyAsync(ids.Take(100))).CacheStatus);
        // No reader asked: the hit ratio is that of the readers.
        await fleet.Management.ScrapeUntilAsync(metrics => metrics["cache_requests_total"] == counted + 100);
    }

    [Fact]
    public async Task Warm_by_number_fills_the_users_that_changed_last()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var ids = await fleet.AddUsersAsync(30);
        await fleet.UpdateBySqlAsync(ids[3]);
        await fleet.UpdateBySqlAsync(ids[7]);
        await fleet.RelayedAsync();

        var events = await WarmAsync(fleet.Management, new { recent = 2 });

        Assert.Equal((2, 0, 0), Counts(events[^1]));
        Assert.True((await fleet.Replicas[0].Users.GetAsync(ids[3])).IsHit);
        Assert.True((await fleet.Replicas[0].Users.GetAsync(ids[7])).IsHit);
        Assert.False((await fleet.Replicas[0].Users.GetAsync(ids[0])).IsHit);
    }

    [Fact]
    public async Task Warm_that_cannot_go_on_says_why_in_its_last_event()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, ("Cache:LoadTimeout", "00:00:01"));
        var ids = await fleet.AddUsersAsync(10);

        await using (await fleet.LockUsersAsync())
        {
            var events = await WarmAsync(fleet.Management, new { ids });
            Assert.Equal(0, Done(events[^1]));
            Assert.Contains("has not answered within 1 s", events[^1].GetProperty("problem").GetString(), StringComparison.Ordinal);
        }

        fleet.Replicas[0].ToRedis.Cut();
        var refused = await Eventually.GetAsync(
            () => fleet.Management.SendAsync(HttpMethod.Post, "/cache/users/warm", new { ids }), answer => answer.Status == 503);
        refused.ShouldBeProblem(503, "Redis is not relied on at the moment");
    }

    [Theory]
    [InlineData("{}", "Give either ids")]
    [InlineData("""{"ids":[1],"recent":1}""", "Give either ids")]
    [InlineData("""{"ids":[]}""", "ids must name 1 to 100000 users")]
    [InlineData("""{"ids":[1,-3]}""", "-3 is no user id")]
    [InlineData("""{"recent":0}""", "recent must be from 1 to 100000")]
    [InlineData("""{"recent":100001}""", "recent must be from 1 to 100000")]
    [InlineData("""{"ids":["x"]}""", "could not be read as JSON for this call, at $.ids[0]")]
    public async Task Bad_request_is_answered_with_the_reason(string body, string reason)
    {
        var request = JsonSerializer.Deserialize<JsonElement>(body);

        (await app.Management.SendAsync(HttpMethod.Post, "/cache/users/warm", request)).ShouldBeProblem(400, reason);
    }

    [Fact]
    public async Task Warm_up_of_a_full_Redis_says_that_nothing_was_stored()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var ids = await fleet.AddUsersAsync(10);
        await fleet.Cache.ExecuteAsync("CONFIG", "SET", "maxmemory", "1");

        var events = await WarmAsync(fleet.Management, new { ids });

        Assert.Equal((0, 0, 10), Counts(events[^1]));
    }

    [Fact]
    public async Task Demo_users_that_are_gone_are_added_again_only_where_there_are_to_be_demo_users()
    {
        Assert.Equal(404, (await app.Management.SendAsync(HttpMethod.Post, "/users/demo")).Status);
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, ("Database:AddDemoUsers", "true"));

        Assert.Equal(0, await AddDemoUsersAsync(fleet.Management));
        var deleted = await fleet.Database.ExecuteAsync("DELETE FROM users WHERE username LIKE 'ada.%'");
        Assert.True(deleted > 0);
        Assert.Equal(deleted, await AddDemoUsersAsync(fleet.Management));
    }

    private static async Task<int> AddDemoUsersAsync(ManagementClient management) =>
        (await management.CallAsync(HttpMethod.Post, "/users/demo")).GetProperty("added").GetInt32();

    private static async Task<List<JsonElement>> WarmAsync(ManagementClient management, object request)
    {
        var answer = await management.SendAsync(HttpMethod.Post, "/cache/users/warm", request);
        Assert.True(answer.Status == 200, answer.ToString());
        return [.. answer.Body.Split("data: ", StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
    }

    private static (int Filled, int Present, int Refused) Counts(JsonElement progress) =>
        (progress.GetProperty("filled").GetInt32(), progress.GetProperty("present").GetInt32(), progress.GetProperty("refused").GetInt32());

    private static int Done(JsonElement progress) => progress.GetProperty("done").GetInt32();
}
