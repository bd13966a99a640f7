using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace UserCache.Tests.Console;

/// <summary>The console's lookup and burst.</summary>
[Collection(ConsoleGroup.Name)]
public sealed class LookupTests(App app, Browser browser, ConsoleReplica console) : PageTests(app, browser), IClassFixture<ConsoleReplica>
{
    private const int Kept = 8;

    private static readonly Regex Latency = new(@"^\d+(\.\d+)? m?s$");
    private static readonly Regex TraceAddress = new($"^{ConsoleReplica.Dashboard}/traces/detail/[0-9a-f]{{32}}$");
    private static readonly Regex Hit = new(@"^UserCache; hit; ttl=\d+$");
    private static readonly Regex BurstSummary = new(@"^200 reads, 1 reached the database; .*\d m?s$");

    [Fact]
    public async Task Lookup_by_button_and_then_by_Enter_shows_a_miss_and_a_hit_each_with_its_trace_and_keeps_the_last_ones()
    {
        var name = UsersClient.NewName();
        var (page, id) = await OpenAtUserAsync(console, name);

        await Expect(page.CacheStatus).ToHaveTextAsync("UserCache; fwd=uri-miss; stored");
        await Expect(page.LookupSummary).ToHaveTextAsync(
            "It was not in Redis. It was read from PostgreSQL and put into Redis: the next read will be a hit.");
        await Expect(page.LookupStatus).ToHaveTextAsync("200 OK");
        await Expect(page.GetByTestId("lookup-latency")).ToHaveTextAsync(Latency);
        await Expect(page.GetByTestId("lookup-json")).ToContainTextAsync($"\"username\": \"{name}\"");
        await Expect(page.TraceLink).ToHaveAttributeAsync("href", TraceAddress);
        var missed = await page.TraceLink.GetAttributeAsync("href");

        await page.LookupId.PressAsync("Enter");

        await Expect(page.CacheStatus).ToHaveTextAsync(Hit);
        await Expect(page.LookupSummary).ToContainTextAsync("Redis had it: PostgreSQL was not asked.");
        await Expect(page.TraceLink).ToHaveAttributeAsync("href", TraceAddress);
        Assert.NotEqual(missed, await page.TraceLink.GetAttributeAsync("href"));
        await Expect(page.History).ToHaveTextAsync([new Regex($"^{id}hit"), new Regex($"^{id}miss")]);

        var ids = await console.Fleet.AddUsersAsync(Kept);
        foreach (var other in ids)
        {
            await page.LookUpAsync(other);
        }

        await Expect(page.History.Locator("td:first-child")).ToHaveTextAsync([.. ids.Reverse().Select(other => $"{other}")]);
    }

    [Theory]
    [InlineData(" ", "Type an id, for example 1.")]
    [InlineData("ada", "ada is no user id: ids run from 1 to 9223372036854775807.")]
    [InlineData("0", "0 is no user id: ids run from 1 to 9223372036854775807.")]
    public async Task Lookup_of_a_bad_id_says_what_ids_are(string bad, string saying)
    {
        CallsMayFailWith("400");
        var page = await OpenAsync(console.Url);

        await page.LookUpAsync(bad);

        await Expect(page.LookupSummary).ToHaveTextAsync(saying);
        await Expect(page.LookupId).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.GetByTestId("edit-form")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Lookup_that_a_copy_in_the_replica_answers_says_so()
    {
        CallsMayFailWith("404");
        var fleet = await StartFleetAsync(settings: [("Cache:NearCacheBytes", "1000000"), ("Cache:NearCacheLife", "00:01:00")]);
        var users = fleet.Replicas[0].Users;
        var (known, unknown) = (await fleet.AddUserAsync(), 5L);
        foreach (var id in new[] { known, unknown })
        {
            await Eventually.GetAsync(() => users.GetAsync(id), answer => answer.CacheStatus.Contains("near", StringComparison.Ordinal));
        }

        var page = await OpenAsync(fleet.Replicas[0].Url);
        await page.LookUpAsync(known);
        await Expect(page.LookupSummary).ToContainTextAsync("The replica had a copy of its own: neither Redis nor PostgreSQL was asked.");
        await page.LookUpAsync(unknown);
        await Expect(page.LookupSummary).ToContainTextAsync("The replica had a copy of its own: neither Redis nor PostgreSQL was asked.");
        await Expect(page.History).ToHaveTextAsync([new Regex($"^{unknown}negative hit"), new Regex($"^{known}hit")]);
    }

    [Fact]
    public async Task Lookup_of_an_unknown_user_says_that_there_is_none_and_who_knew()
    {
        CallsMayFailWith("404");
        var id = await console.Fleet.AddUserAsync() + 100_000;
        var page = await OpenAsync(console.Url);

        await page.LookUpAsync(id);
        await Expect(page.LookupStatus).ToHaveTextAsync("404 Not Found");
        await Expect(page.LookupSummary).ToHaveTextAsync(
            $"There is no user {id}. Redis did not know: PostgreSQL was asked, and Redis remembers now that there is no such row.");

        await page.LookUpAsync(id);
        await Expect(page.LookupSummary).ToHaveTextAsync(
            $"There is no user {id}. Redis knows that there is no such row: PostgreSQL was not asked.");
        await Expect(page.History).ToHaveTextAsync([new Regex($"^{id}negative hit"), new Regex($"^{id}miss")]);
        await Expect(page.GetByTestId("edit-form")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Burst_of_a_cached_user_takes_it_out_of_Redis_and_reaches_the_database_once()
    {
        var (page, id) = await OpenAtUserAsync(console);
        await Expect(page.GetByTestId("burst-id")).ToHaveTextAsync($"{id}");

        await page.BurstButton.ClickAsync();

        await Expect(page.BurstResult.Locator("strong")).ToHaveTextAsync(BurstSummary);
        await Expect(page.BurstResult.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "miss" })).ToHaveTextAsync("miss 1");
        // By the look-up, to see that the database is there, and by the burst.
        Assert.Equal(3, console.Fleet.Replicas.Sum(replica => replica.Api.Reads.Alone($"{id}")));
    }
}
