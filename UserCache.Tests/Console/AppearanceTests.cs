using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace UserCache.Tests.Console;

/// <summary>How the console looks: charts, sizes, colours.</summary>
[Collection(ConsoleGroup.Name)]
public sealed class AppearanceTests(App app, Browser browser, ConsoleReplica console)
    : PageTests(app, browser), IClassFixture<ConsoleReplica>
{
    private const int Height = 900;

    private static readonly int[] Hits = [0, 158, 115];
    private static readonly Regex Time = new(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", RegexOptions.Multiline);

    [Fact]
    public async Task Page_fits_narrow_and_wide_windows_in_the_colours_of_the_user_empty_and_full_of_answers()
    {
        var page = await OpenAsync(console.Url);
        await AssertChartsAsync(page);
        await InEachLookAsync(page, (_, _) => Task.CompletedTask);

        await FillAsync(page);
        await InEachLookAsync(page, async (width, colours) =>
        {
            await AssertChartsAsync(page);
            if (width == Narrow)
            {
                await AssertChartsFillTheirSectionAsync(page);
            }

            await SaveScreenshotAsync(page, $"console-{width}-{colours}");
            await page.HelpButton.ClickAsync();
            var help = await page.Help.BoundingBoxAsync();
            Assert.InRange(help!.X, 0, width - help.Width);
            await page.Keyboard.PressAsync("Escape");
        });
    }

    [Fact]
    public async Task Page_that_cannot_draw_says_so_instead_of_standing_still()
    {
        CallsMayFailWith("ERR_FAILED");
        var page = await OpenAsync(console.Url);
        await page.RouteAsync("**/echarts.js", route => route.AbortAsync());

        await page.ReloadAsync();

        await Expect(page.Headline).ToHaveTextAsync("This page can't show what it has heard (echarts is not defined). Reload it.");
    }

    [Fact]
    public async Task Charts_move_with_time_and_show_reads_as_they_come()
    {
        // Nobody else's, whose hits would be in the charts too.
        var fleet = await StartFleetAsync();
        var id = await fleet.AddUserAsync();
        var page = await OpenAsync(fleet.Replicas[0].Url);
        await AssertChartsAsync(page);
        await page.NewestAsync("outcomes", Hits, at => at < 0);
        await page.LookUpAsync(id);
        await page.LookUpAsync(id);

        var first = await page.NewestAsync("outcomes", Hits, at => at >= 0);
        var moved = await page.NewestAsync("outcomes", Hits, at => at < first);

        await page.LookUpAsync(id);
        await page.NewestAsync("outcomes", Hits, at => at > moved);
    }

    [Fact]
    public async Task Pointing_at_a_second_in_one_chart_tells_of_it_in_all_until_the_mouse_leaves()
    {
        var (page, _) = await OpenAtUserAsync(console);
        await page.CommonTextsAsync(texts => !Time.IsMatch(texts));

        await page.GetByTestId("plot-latency").HoverAsync();
        await page.CommonTextsAsync(Time.IsMatch);

        await page.Headline.HoverAsync();
        await page.CommonTextsAsync(texts => !Time.IsMatch(texts));
    }

    private static async Task InEachLookAsync(IPage page, Func<int, string, Task> look)
    {
        foreach (var (colours, background, text) in new[]
        {
            (ColorScheme.Light, "rgb(244, 246, 248)", "rgb(23, 27, 32)"), (ColorScheme.Dark, "rgb(14, 18, 22)", "rgb(232, 236, 240)"),
        })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = colours });
            foreach (var width in new[] { Wide, Narrow })
            {
                await page.SetViewportSizeAsync(width, Height);
                await Expect(page.Locator("body")).ToHaveCSSAsync("background-color", background);
                await Task.WhenAll(Drawing.Charts.Select(chart => page.ColourAsync(chart, text)));
                await PageLayout.BecomesTidyAsync(page);
                await look(width, colours == ColorScheme.Dark ? "dark" : "light");
            }
        }
    }

    private static async Task AssertChartsAsync(IPage page)
    {
        foreach (var chart in Drawing.Charts)
        {
            await Expect(page.Locator($"#chart-{chart} canvas")).ToBeVisibleAsync();
        }

        await Expect(page.Locator("#charts canvas")).ToHaveCountAsync(Drawing.Charts.Length);
    }

    // Beside a float, the grid and its charts were a third as wide.
    private static async Task AssertChartsFillTheirSectionAsync(IPage page)
    {
        var section = await page.Locator(".moving").BoundingBoxAsync();
        foreach (var chart in Drawing.Charts)
        {
            var figure = await page.Locator($"#chart-{chart}").BoundingBoxAsync();
            Assert.InRange(figure!.Width, 0.95 * section!.Width, section.Width);
        }
    }

    // A panel each with all that it can show.
    private async Task FillAsync(IPage page)
    {
        await page.LookUpAsync(await console.Fleet.AddUserAsync());
        await page.BurstAsync();
        await page.SaveAsync($"{new string('W', 20)}-{UsersClient.NewName()}", "ada@example.com");
        await Expect(page.EditResult).ToContainTextAsync("Read 2");
        await page.AnsweredAsync();
        await page.LegendAsync("outcomes", "collapsed", reads => reads is not ("" or "0"));
        await page.LegendAsync("lag", "p99", lag => lag.EndsWith('s'));
    }
}
