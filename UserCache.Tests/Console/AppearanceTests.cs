using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace UserCache.Tests.Console;

/// <summary>How the console looks: charts, sizes, colours.</summary>
[Collection(ConsoleGroup.Name)]
public sealed class AppearanceTests(App app, Browser browser, ConsoleReplica console)
    : PageTests(app, browser), IClassFixture<ConsoleReplica>
{
    // The colour of hits, rgb(0 158 115), in the canvas: how far right it comes; -1 where there is none.
    private const string NewestHit = """
        () => {
          const canvas = document.querySelector('#chart-outcomes canvas');
          const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          let newest = -1;
          for (let at = 0; at < data.length; at += 4) {
            if (data[at] === 0 && data[at + 1] === 158 && data[at + 2] === 115) {
              newest = Math.max(newest, at / 4 % width);
            }
          }
          return newest;
        }
        """;

    private const int Height = 900;

    private static readonly TimeSpan DrawingLimit = TimeSpan.FromSeconds(20);
    private static readonly string[] Charts = ["outcomes", "states", "hit-ratio", "latency", "lag", "outbox", "audit"];

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
    public async Task Charts_move_with_time_and_show_reads_as_they_come()
    {
        // Nobody else's, whose hits would be in the charts too.
        var fleet = await StartFleetAsync();
        var id = await fleet.AddUserAsync();
        var page = await OpenAsync(fleet.Replicas[0].Url);
        await AssertChartsAsync(page);
        await page.LookUpAsync(id);
        await page.LookUpAsync(id);

        var first = await NewestHitAsync(page, at => at >= 0);
        var moved = await NewestHitAsync(page, at => at < first);

        await page.LookUpAsync(id);
        await NewestHitAsync(page, at => at > moved);
    }

    private static async Task InEachLookAsync(IPage page, Func<int, string, Task> look)
    {
        foreach (var (colours, background) in new[] { (ColorScheme.Light, "rgb(244, 246, 248)"), (ColorScheme.Dark, "rgb(14, 18, 22)") })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = colours });
            foreach (var width in new[] { Wide, Narrow })
            {
                await page.SetViewportSizeAsync(width, Height);
                await Expect(page.Locator("body")).ToHaveCSSAsync("background-color", background);
                await PageLayout.BecomesTidyAsync(page);
                await look(width, colours == ColorScheme.Dark ? "dark" : "light");
            }
        }
    }

    // The page's policy forbids the browser's own way of waiting for a function.
    private static Task<int> NewestHitAsync(IPage page, Func<int, bool> isExpected) =>
        Eventually.GetAsync(() => page.EvaluateAsync<int>(NewestHit), isExpected, DrawingLimit);

    private static async Task AssertChartsAsync(IPage page)
    {
        ConsolePage.NeedCharts();
        await Expect(page.Locator("#charts-note")).ToBeHiddenAsync();
        foreach (var chart in Charts)
        {
            await Expect(page.Locator($"#chart-{chart} canvas")).ToBeVisibleAsync();
        }

        await Expect(page.Locator("#charts canvas")).ToHaveCountAsync(Charts.Length);
    }

    // Beside a float, the grid and its charts were a third as wide.
    private static async Task AssertChartsFillTheirSectionAsync(IPage page)
    {
        var section = await page.Locator(".moving").BoundingBoxAsync();
        foreach (var chart in Charts)
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
        await Expect(page.Legend("outcomes", "collapsed")).Not.ToHaveTextAsync("0");
        await Expect(page.Legend("lag", "p99")).Not.ToHaveTextAsync("–");
    }
}
