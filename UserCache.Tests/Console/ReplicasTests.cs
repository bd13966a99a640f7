using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace UserCache.Tests.Console;

/// <summary>
/// The console of several replicas, each of which knows of itself only. Alone: a start that takes long is told as an outage.
/// </summary>
[Collection(TimedGroup.Name)]
public sealed class ReplicasTests(App app, Browser browser) : PageTests(app, browser)
{
    [Fact]
    public async Task Two_replicas_behind_a_load_balancer_are_added_up_and_told_apart_when_one_is_cut_off()
    {
        var fleet = await StartFleetAsync(replicas: 2, processes: 2);
        var balancer = StartBalancer(fleet);
        var page = await OpenAsync(balancer.Url);
        await Expect(page.GetByTestId("replicas")).ToHaveTextAsync(new Regex(@"^2 replicas heard: \S+-\d+, \S+-\d+$"));
        await Expect(page.Headline).ToHaveTextAsync("No reads yet. Look a row up, or fire a burst.");
        await Expect(page.GetByTestId("tile-hit-ratio")).ToHaveTextAsync("Hit ratio–no reads");

        var ids = await fleet.AddUsersAsync(3);
        foreach (var id in ids)
        {
            Assert.False((await fleet.Replicas[0].Users.GetAsync(id)).IsHit);
            Assert.True((await fleet.Replicas[1].Users.GetAsync(id)).IsHit);
            Assert.True((await fleet.Replicas[1].Users.GetAsync(id)).IsHit);
        }

        await Expect(page.GetByTestId("tile-hit-ratio")).ToHaveTextAsync("Hit ratio67 %of 9 reads");
        await Expect(page.Headline).ToHaveTextAsync("All is well: 67 % of reads come from Redis.");

        fleet.Replicas[1].ToRedis.Cut();

        await Expect(page.Headline).ToContainTextAsync("Redis is away for 1 of 2 replicas since");
        await Expect(page.Gate).ToContainTextAsync("1 of 2");
    }
}
