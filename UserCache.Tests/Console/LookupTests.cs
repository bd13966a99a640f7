using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using UserCache.Tests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace UserCache.Tests.Console;

/// <summary>The console's lookup and burst.</summary>
[Collection(ConsoleGroup.Name)]
public sealed partial class LookupTests(App app, Browser browser, ConsoleReplica console) : PageTests(app, browser), IClassFixture<ConsoleReplica>
{
    private const int Kept = 8;

    [Fact]
    public async Task Lookup_by_button_and_then_by_Enter_shows_a_miss_and_a_hit_each_with_its_trace_and_keeps_the_last_ones()
    {
        var name = UsersClient.NewName();
        var id = await console.Fleet.AddUserAsync(name);
        var page = await OpenAsync(console.Url);
        var (summary, status, trace) = (page.Locator("#lookup-summary"), page.GetByTestId("lookup-cache-status"), page.GetByTestId("lookup-trace").GetByRole(AriaRole.Link));

        await page.GetByTestId("lookup-id").FillAsync(id.ToString(CultureInfo.InvariantCulture));
        await page.GetByTestId("lookup-button").ClickAsync();

        await Expect(status).ToHaveTextAsync("UserCache; fwd=uri-miss; stored");
        await Expect(summary).ToHaveTextAsync("It was not in Redis. It was read from PostgreSQL and put into Redis: the next read will be a hit.");
        await Expect(page.GetByTestId("lookup-status")).ToHaveTextAsync("200 OK");
        await Expect(page.GetByTestId("lookup-latency")).ToHaveTextAsync(Latency());
        await Expect(page.GetByTestId("lookup-json")).ToContainTextAsync($"\"username\": \"{name}\"");
        await Expect(trace).ToHaveAttributeAsync("href", TraceLink());
        var missed = await trace.GetAttributeAsync("href");

        await page.GetByTestId("lookup-id").PressAsync("Enter");

        await Expect(status).ToHaveTextAsync(Hit());
        await Expect(summary).ToContainTextAsync("Redis had it: PostgreSQL was not asked.");
        await Expect(trace).ToHaveAttributeAsync("href", TraceLink());
        Assert.NotEqual(missed, await trace.GetAttributeAsync("href"));
        await Expect(page.History()).ToHaveTextAsync([new Regex($"^{id}hit"), new Regex($"^{id}miss")]);

        var ids = await console.Fleet.AddUsersAsync(Kept);
        foreach (var other in ids)
        {
            await page.LookUpAsync(other);
        }

        await Expect(page.History().Locator("td:first-child")).ToHaveTextAsync([.. ids.Reverse().Select(other => other.ToString(CultureInfo.InvariantCulture))]);
    }

    [Fact]
    public async Task Lookup_of_a_bad_id_says_what_ids_are_and_of_an_unknown_user_that_there_is_none()
    {
        CallsMayFailWith("400", "404");
        var id = await console.Fleet.AddUserAsync() + 100_000;
        var page = await OpenAsync(console.Url);

        foreach (var (bad, saying) in new[]
        {
            (" ", "Type the id of a user, for example 1."),
            ("ada", "\"ada\" is no user id: ids are whole numbers from 1."),
            ("0", "0 is no user id: ids run from 1 to 9223372036854775807."),
        })
        {
            await page.LookUpAsync(bad);
            await Expect(page.Locator("#lookup-summary")).ToHaveTextAsync(saying);
            await Expect(page.GetByTestId("lookup-id")).ToHaveAttributeAsync("aria-invalid", "true");
            await Expect(page.GetByTestId("edit-form")).ToBeHiddenAsync();
        }

        await page.LookUpAsync(id);
        await Expect(page.GetByTestId("lookup-status")).ToHaveTextAsync("404 Not Found");
        await Expect(page.Locator("#lookup-summary")).ToHaveTextAsync(
            $"There is no user {id}. Redis did not know: PostgreSQL was asked, and Redis remembers now that there is no such user.");

        await page.LookUpAsync(id);
        await Expect(page.Locator("#lookup-summary")).ToHaveTextAsync($"There is no user {id}. Redis knows that there is no such user: PostgreSQL was not asked.");
        await Expect(page.History().Nth(0)).ToHaveTextAsync(new Regex($"^{id}negative hit"));
        await Expect(page.History().Nth(1)).ToHaveTextAsync(new Regex($"^{id}miss"));
        await Expect(page.GetByTestId("edit-form")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Burst_of_a_cached_user_takes_it_out_of_Redis_and_reaches_the_database_once()
    {
        var id = await console.Fleet.AddUserAsync();
        var page = await OpenAsync(console.Url);
        await page.LookUpAsync(id);
        await Expect(page.Locator("#burst-id")).ToHaveTextAsync(id.ToString(CultureInfo.InvariantCulture));

        await page.GetByTestId("burst-button").ClickAsync();

        await Expect(page.GetByTestId("burst-result").Locator("strong")).ToHaveTextAsync(BurstSummary());
        await Expect(page.GetByTestId("burst-result").GetByRole(AriaRole.Listitem).Filter(new() { HasText = "miss" })).ToHaveTextAsync("miss 1");
        // By the lookup, and by the burst.
        Assert.Equal(2, await console.Fleet.DatabaseReadsAsync(id));
    }

    [GeneratedRegex(@"^\d+(\.\d+)? m?s$")]
    private static partial Regex Latency();

    [GeneratedRegex($"^{ConsoleReplica.Dashboard}/traces/detail/[0-9a-f]{{32}}$")]
    private static partial Regex TraceLink();

    [GeneratedRegex(@"^UserCache; hit; ttl=\d+$")]
    private static partial Regex Hit();

    [GeneratedRegex(@"^200 reads, 1 reached the database; .*\d m?s$")]
    private static partial Regex BurstSummary();
}
