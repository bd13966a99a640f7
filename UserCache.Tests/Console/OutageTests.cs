using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace UserCache.Tests.Console;

/// <summary>What the console says while something is away, and afterwards. Each test has servers of its own.</summary>
[Collection(ConsoleOutagesGroup.Name)]
public sealed class OutageTests(App app, Browser browser) : PageTests(app, browser)
{
    // Minutes too, where other tests have the machine to themselves meanwhile.
    private const string Duration = @"(\d+ min )?\d+ s";

    private static readonly Regex Well = new(@"^All is well: \d+(\.\d)? % of reads come from Redis\.$");
    private static readonly Regex RedisAway = new(
        @"^Redis is away since \d\d:\d\d:\d\d \(.+\): (the connection was lost|the connection had to be made anew|"
        + @"the circuit breaker has opened|changes cannot be relayed|the servers' roles have changed)\. "
        + @"Reads go to PostgreSQL: slower, never wrong\.$");
    private static readonly Regex NeverReliedOn = new(
        @"^Redis is not relied on since \d\d:\d\d:\d\d \([^)]+\): it has not caught up since the replica started\. "
        + @"Reads go to PostgreSQL: slower, never wrong\.$");
    private static readonly Regex GateShut = new(@"^Redis gatenot relied onsince \d\d:\d\d:\d\d$");
    private static readonly Regex BurstWithoutRedis = new(
        @"^200 reads, \d+ reached the database; \d+ shared .+; \d.*bypass 200Redis was not relied on");
    private static readonly Regex RedisBack = new(
        $@"^Redis is back since \d\d:\d\d:\d\d; it was away for {Duration}\. Since then \d+(\.\d)? % of reads come from Redis\.$");
    private static readonly Regex DatabaseAway = new(
        @"^PostgreSQL is away since \d\d:\d\d:\d\d \(.+\): what is cached is still served, other reads are answered 503\.$");
    private static readonly Regex DatabaseBack = new(
        $@"PostgreSQL is back since \d\d:\d\d:\d\d; it was away for {Duration}\.");
    private static readonly Regex ApiAway = new(
        @"^The API does not answer since \d\d:\d\d:\d\d \(retrying\)\. The numbers below are from before\.$");

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Redis_away_and_back_is_told_with_times_and_reason_also_to_who_comes_late()
    {
        var (fleet, replica, page) = await OpenAloneAsync();
        var ids = await fleet.AddUsersAsync(20);
        await using var traffic = Traffic.Start([replica], ids);
        await Expect(page.Headline).ToHaveTextAsync(Well);
        var shade = await page.Locator(".moving .swatch").EvaluateAsync<string>("swatch => getComputedStyle(swatch).backgroundColor");
        await page.ColourAsync("latency", shade, isThere: false);

        replica.ToRedis.Cut();

        await AssertRedisAwayAsync(page);
        var during = await OpenAsync(replica.Url);
        await AssertRedisAwayAsync(during);
        await during.LookUpAsync(ids[0]);
        await Expect(during.CacheStatus).ToHaveTextAsync("UserCache; fwd=bypass; detail=redis-unavailable");
        await during.BurstButton.ClickAsync();
        await Expect(during.BurstResult).ToHaveTextAsync(BurstWithoutRedis);
        await during.LegendAsync("outcomes", "bypass", reads => reads is not ("" or "0"));
        await during.ColourAsync("latency", shade);
        await PageLayout.BecomesTidyAsync(during);
        await SaveScreenshotAsync(during, "console-outage-1280");

        replica.ToRedis.Mend();

        await AssertRedisBackAsync(page);
        await AssertRedisBackAsync(during);
        var late = await OpenAsync(replica.Url, Narrow);
        await AssertRedisBackAsync(late);
        await PageLayout.BecomesTidyAsync(late);
    }

    [Fact]
    public async Task Redis_is_said_to_be_coming_back_when_it_answers_and_not_while_it_is_tried_in_vain()
    {
        var fleet = await StartFleetAsync(replicas: 1, processes: 0, ("Cache:WriterDeadline", "00:00:06"));
        var replica = fleet.Replicas[0];
        using var http = new HttpClient { BaseAddress = replica.Url };
        await Eventually.GetAsync(ActivityAsync, HasBegun, Patience);

        replica.ToRedis.Cut();

        // What was under way when it was cut has failed by then.
        await TriedAsync();
        await Eventually.GetAsync(ActivityAsync, activity => !IsOpen(activity), Patience);
        var told = new List<JsonElement>();
        var tried = TriedAsync();
        while (!tried.IsCompleted)
        {
            told.Add(await ActivityAsync());
            // Much more often than it is tried.
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }

        await tried;
        var reason = Assert.Single(told.Select(activity => activity.GetProperty("reason").GetString()).Distinct());
        Assert.Matches("^(the connection was lost|the connection had to be made anew|the servers' roles have changed)", reason);
        Assert.DoesNotContain(told, activity => activity.GetProperty("catchingUp").GetBoolean());

        // Started anew, it answers, but those who were writing have to be waited out.
        await fleet.Redis.KillAsync();
        await fleet.Redis.StartAsync();
        var page = await OpenAsync(replica.Url);
        replica.ToRedis.Mend();
        await Expect(page.Headline).ToContainTextAsync("Redis is coming back: away since");
        await Expect(page.Headline).ToContainTextAsync("Redis is back since");

        async Task TriedAsync()
        {
            var before = replica.ToRedis.Refused;
            await Eventually.GetAsync(() => Task.FromResult(replica.ToRedis.Refused), now => now >= before + 4, Patience);
        }

        Task<JsonElement> ActivityAsync() => http.GetFromJsonAsync<JsonElement>("/console/activity?seconds=1");
    }

    [Fact]
    public async Task Redis_away_from_the_start_is_told_as_an_outage()
    {
        var (_, _, page) = await OpenAloneAsync(processes: 0, ("ConnectionStrings:cache", $"127.0.0.1:{FreePort.Next()}"));

        await Expect(page.Headline).ToHaveTextAsync(NeverReliedOn, new() { Timeout = 40_000 });
        await Expect(page.Events("redis-away")).ToContainTextAsync(
            "Redis is not relied on: it has not caught up since the replica started. Reads go to PostgreSQL.");
    }

    [Fact]
    public async Task PostgreSQL_away_and_back_is_told_and_what_is_not_cached_is_shown_as_503()
    {
        CallsMayFailWith("503");
        var (fleet, replica, page) = await OpenAloneAsync();
        var ids = await fleet.AddUsersAsync(2);
        await page.LookUpAsync(ids[0]);
        await Expect(page.CacheStatus).ToContainTextAsync("stored");

        replica.ToDatabase.Cut();

        await Expect(page.Headline).ToHaveTextAsync(DatabaseAway);
        await Expect(page.GetByTestId("tile-database")).ToContainTextAsync("away");
        await Expect(page.Events("database-away")).ToContainTextAsync("so far");

        await page.Username.FillAsync(UsersClient.NewName());
        await page.Save.ClickAsync();
        await Expect(page.EditResult).ToContainTextAsync("Not saved (503).");
        await page.LookUpAsync(ids[0]);
        await Expect(page.CacheStatus).ToContainTextAsync("hit");
        await page.LookUpAsync(ids[1]);
        await Expect(page.LookupStatus).ToHaveTextAsync("503 Service Unavailable");
        await Expect(page.LookupSummary).ToHaveTextAsync("The database does not serve this call at the moment.");
        await Expect(page.GetByTestId("tile-reads")).ToContainTextAsync("2 answered 5xx");

        replica.ToDatabase.Mend();

        await Expect(page.Locator("#status")).ToContainTextAsync(DatabaseBack);
        await Expect(page.GetByTestId("tile-database")).ToContainTextAsync("there");
        await Expect(page.Events("database-away")).ToContainTextAsync("lasted");
        await Expect(page.Events("database-back")).ToContainTextAsync("PostgreSQL answers.");
        await page.LookUpAsync(ids[1]);
        await Expect(page.LookupStatus).ToHaveTextAsync("200 OK");
    }

    [Fact]
    public async Task API_killed_is_told_and_the_page_goes_on_when_it_is_back()
    {
        CallsMayFailWith(
            "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_CONNECTION_CLOSED", "ERR_EMPTY_RESPONSE",
            "ERR_INCOMPLETE_CHUNKED_ENCODING");
        var (fleet, replica, page) = await OpenAloneAsync(processes: 1);
        var api = replica.Process;
        var id = await fleet.AddUserAsync();
        await Expect(page.Gate).ToContainTextAsync("relied on");

        await api.KillAsync();

        await Expect(page.Headline).ToHaveTextAsync(ApiAway);
        await Expect(page).ToHaveTitleAsync("⚠ UserCache console");
        await page.LookUpAsync(id);
        await Expect(page.LookupSummary).ToHaveTextAsync("The API cannot be reached. Is it running?");

        await api.StartAsync();
        await Health.WaitAsync(api.Url);

        await Expect(page.Events("api-back")).ToContainTextAsync("The API answers again.");
        await Expect(page.Events("api-away")).ToContainTextAsync("lasted");
        await Expect(page.Headline).Not.ToContainTextAsync("does not answer");
        await page.LookUpAsync(id);
        await Expect(page.LookupStatus).ToHaveTextAsync("200 OK");
        // A process that sends its traces nowhere makes none.
        await Expect(page.GetByTestId("lookup-trace")).ToHaveTextAsync("The answer named no trace.");
    }

    private async Task<(Fleet Fleet, Replica Replica, IPage Page)> OpenAloneAsync(
        int processes = 0, params (string Key, string Value)[] settings)
    {
        var fleet = await StartFleetAsync(replicas: 1, processes, settings);
        return (fleet, fleet.Replicas[0], await OpenAsync(fleet.Replicas[0].Url));
    }

    // Before that, what is away has yet to come.
    private static bool HasBegun(JsonElement activity) =>
        activity.GetProperty("samples").EnumerateArray().Any(sample =>
            sample.GetProperty("gateOpen").GetBoolean() && sample.GetProperty("outboxDepth").ValueKind == JsonValueKind.Number);

    private static bool IsOpen(JsonElement activity) =>
        activity.GetProperty("samples").EnumerateArray().Any(sample => sample.GetProperty("gateOpen").GetBoolean());

    private static async Task AssertRedisAwayAsync(IPage page)
    {
        await Expect(page.Headline).ToHaveTextAsync(RedisAway);
        await Expect(page).ToHaveTitleAsync("⚠ UserCache console");
        await Expect(page.Gate).ToHaveTextAsync(GateShut);
        await Expect(page.Gate).ToHaveAttributeAsync("data-tone", "bad");
        await Expect(page.Events("redis-away")).ToContainTextAsync("Reads go to PostgreSQL.");
        await Expect(page.Events("redis-away")).ToContainTextAsync("so far");
    }

    private static async Task AssertRedisBackAsync(IPage page)
    {
        await Expect(page.Headline).ToHaveTextAsync(RedisBack);
        await Expect(page).ToHaveTitleAsync("UserCache console");
        await Expect(page.Gate).ToContainTextAsync("relied on");
        await Expect(page.Gate).ToHaveAttributeAsync("data-tone", "ok");
        await Expect(page.Events("redis-away")).ToContainTextAsync("lasted");
        await Expect(page.Events("redis-back")).ToContainTextAsync("Redis has caught up with PostgreSQL");
    }
}
