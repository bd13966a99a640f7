using System.Globalization;
using Microsoft.Playwright;
using UserCache.ApiService.Users;
using static Microsoft.Playwright.Assertions;

namespace UserCache.Tests.Console;

/// <summary>What people do with the console.</summary>
internal static class ConsolePage
{
    /// <summary>The last lookups, newest first.</summary>
    public static ILocator History(this IPage page) => page.Locator("#lookup-history tbody tr");

    /// <summary>What happened, of one kind.</summary>
    public static ILocator Events(this IPage page, string kind) => page.GetByTestId("events").Locator($"[data-kind={kind}]");

    /// <summary>A number of a chart's legend, which the chart itself shows too.</summary>
    public static ILocator Legend(this IPage page, string chart, string series)
    {
        NeedCharts();
        return page.Locator($"#chart-{chart} .u-series").Filter(new() { HasText = series }).Locator(".u-value");
    }

    /// <summary>Fails where the page does without charts.</summary>
    public static void NeedCharts() => Assert.True(
        typeof(UserInput).Assembly.GetManifestResourceInfo("console.uPlot.esm.js") is not null,
        "The service was built without charts: install npm (\"sudo apt-get install npm\"), and build it again.");

    /// <summary>Looks a user up, and waits for the answer.</summary>
    public static async Task LookUpAsync(this IPage page, long id) => await page.LookUpAsync(id.ToString(CultureInfo.InvariantCulture));

    public static async Task LookUpAsync(this IPage page, string id)
    {
        await page.GetByTestId("lookup-id").FillAsync(id);
        await page.GetByTestId("lookup-button").ClickAsync();
        await page.AnsweredAsync();
    }

    /// <summary>Waits until no call of a panel is under way.</summary>
    public static Task AnsweredAsync(this IPage page) => Expect(page.Locator("[aria-busy]")).ToHaveCountAsync(0);
}
