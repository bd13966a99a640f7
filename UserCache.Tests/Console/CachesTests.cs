using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace UserCache.Tests.Console;

/// <summary>The console of a process that has more than one cache.</summary>
[Collection(ConsoleGroup.Name)]
public sealed class CachesTests(App app, Browser browser) : PageTests(app, browser)
{
    private readonly App _app = app;

    [Fact]
    public async Task Two_caches_are_shown_apart_by_name_and_share_the_gate()
    {
        CallsMayFailWith("404");
        var redis = EndsWithTest(await _app.SpareRedis.TakeAsync());
        Teams? teams = null;
        var api = EndsWithTest(new ApiHost(
            App.Settings(redis.ConnectionString, await _app.NewDatabaseAsync(), ConsoleReplica.Enabled),
            services => services.AddHostedService(provider => teams = new Teams(provider.GetRequiredService<IMeterFactory>()))));
        await api.StartAsync();
        await Health.WaitAsync(api.Url);
        await api.Users.BecomesHealthyAsync();
        var user = await api.Users.CreateAsync();
        teams!.Read("hit", 30);
        teams.Read("miss", 10);
        var page = await OpenAsync(api.Url);
        var choice = page.GetByTestId("caches").GetByRole(AriaRole.Link);
        var (label, ratio) = (page.Locator("label b"), page.GetByTestId("tile-hit-ratio"));

        await Expect(choice).ToHaveTextAsync(["users", "teams"]);
        await Expect(label).ToHaveTextAsync("users");
        await page.LookUpAsync(user);
        await page.LookUpAsync(user);
        await Expect(ratio).ToHaveTextAsync("Hit ratio50 %of 2 reads");
        await page.LegendAsync("hit-ratio", "from Redis", percent => percent == "50 %");

        await choice.Last.ClickAsync();

        await Expect(page).ToHaveURLAsync($"{api.Url}console/?cache=teams");
        await Expect(label).ToHaveTextAsync("teams");
        await Expect(choice.Last).ToHaveAttributeAsync("aria-current", "page");
        await Expect(ratio).ToHaveTextAsync("Hit ratio75 %of 40 reads");
        await page.LegendAsync("hit-ratio", "from Redis", percent => percent == "75 %");
        await Expect(page.Gate).ToContainTextAsync("relied on");
        await page.LookUpAsync(7);
        await Expect(page.LookupSummary).ToContainTextAsync("There is nothing at /api/v1/teams/7.");
    }

    /// <summary>What tells of a second cache, as far as the console can see.</summary>
    private sealed class Teams(IMeterFactory meters) : BackgroundService
    {
        private readonly Counter<long> _requests =
            meters.Create(CacheTelemetry.MeterName).CreateCounter<long>(CacheTelemetry.Requests);

        public void Read(string outcome, int times) => _requests.Add(
            times, new(CacheTelemetry.CacheNameTag, "teams"), new(CacheTelemetry.OutcomeTag, outcome));

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }
}
