using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace UserCache.Tests.Console;

/// <summary>The documents' pictures of the console, in docs/images.</summary>
[Collection(ConsoleOutagesGroup.Name)]
[Trait("Run", "images")]
public sealed class Images(App app, Browser browser) : PageTests(app, browser)
{
    private const string Folder = "docs/images";
    private const int Users = 200;

    // The charts show five minutes: most of them is to have something in it, and an outage its place within.
    private static readonly TimeSpan Steady = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan BetweenBursts = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task Steady_traffic_and_an_outage_make_the_pictures_of_the_documents()
    {
        var fleet = await StartFleetAsync(
            replicas: 2, processes: 2, ("Cache:AuditRate", "0.02"), ("Console:DashboardUrl", ConsoleReplica.Dashboard));
        var balancer = StartBalancer(fleet);
        var ids = await fleet.AddUsersAsync(Users);
        var page = await OpenAsync(balancer.Url);
        await using var traffic = Traffic.Start([.. fleet.Replicas, .. fleet.Replicas], ids);
        await page.LookUpAsync(ids[0]);

        for (var passed = TimeSpan.Zero; passed < Steady; passed += BetweenBursts)
        {
            await Task.Delay(BetweenBursts);
            await page.BurstAsync();
        }

        await page.LookUpAsync(ids[0]);
        await SaveScreenshotAsync(page, "console", Folder);

        Array.ForEach([.. fleet.Replicas], replica => replica.ToRedis.Cut());
        await Expect(page.Headline).ToContainTextAsync("Redis is away since");
        await Task.Delay(Outage);
        Array.ForEach([.. fleet.Replicas], replica => replica.ToRedis.Mend());
        await Expect(page.Headline).ToContainTextAsync("Redis is back since");
        await Task.Delay(Afterwards);
        await page.LookUpAsync(ids[0]);
        await page.BurstAsync();
        await SaveScreenshotAsync(page, "console-outage", Folder);
        var narrow = await OpenAsync(balancer.Url, Narrow);
        await narrow.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Expect(narrow.GetByTestId("replicas")).ToContainTextAsync("2 replicas");
        await narrow.LookUpAsync(ids[0]);
        await SaveScreenshotAsync(narrow, "console-narrow", Folder);
    }
}
