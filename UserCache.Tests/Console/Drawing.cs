using Microsoft.Playwright;

namespace UserCache.Tests.Console;

/// <summary>What the browser has drawn of the charts: a canvas has no text and no parts that a test could look for.</summary>
internal static class Drawing
{
    // The charting library's own list of what is on the canvas.
    private const string Drawn = """
        (plot, member) => echarts.getInstanceByDom(plot).getZr().storage.getDisplayList().map(({ style }) => style[member] ?? '')
        """;

    // How far right a colour comes, below the legend; -1 where there is none of it.
    private const string Newest = """
        (canvas, colour) => {
          const legend = canvas.height / 4;
          const { data, width } = canvas.getContext('2d').getImageData(0, legend, canvas.width, canvas.height - legend);
          let newest = -1;
          for (let at = 0; at < data.length; at += 4) {
            if (colour.every((part, index) => data[at + index] === part)) {
              newest = Math.max(newest, at / 4 % width);
            }
          }
          return newest;
        }
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>All of them.</summary>
    public static readonly string[] Charts = ["outcomes", "states", "hit-ratio", "latency", "lag", "outbox", "audit"];

    extension(IPage page)
    {
        /// <summary>Waits until a number of a chart's legend is as it should be.</summary>
        public Task<string> LegendAsync(string chart, string series, Func<string, bool> isExpected) => Eventually.GetAsync(
            async () => (await page.TextsAsync(chart)).SkipWhile(text => text.Trim() != series).ElementAtOrDefault(1) ?? "",
            isExpected,
            Limit);

        /// <summary>Waits until the texts that all charts have in common are as they should be; each on a line.</summary>
        public Task CommonTextsAsync(Func<string, bool> areExpected) => Eventually.GetAsync(
            async () =>
            {
                var texts = await Task.WhenAll(Charts.Select(page.TextsAsync));
                return string.Join('\n', texts.Aggregate((some, others) => [.. some.Intersect(others)]));
            },
            areExpected,
            Limit);

        /// <summary>Waits until a colour is in a chart, as a text's or a shape's.</summary>
        public Task ColourAsync(string chart, string colour, bool isThere = true) => Eventually.GetAsync(
            async () => string.Join('\n', await page.DrawnAsync(chart, "fill")),
            fills => fills.Split('\n').Contains(colour) == isThere,
            Limit);

        /// <summary>Waits until a colour comes as far to the right in a chart as it should.</summary>
        public Task<int> NewestAsync(string chart, int[] colour, Func<int, bool> isExpected) => Eventually.GetAsync(
            () => page.Locator($"#chart-{chart} canvas").EvaluateAsync<int>(Newest, colour), isExpected, Limit);

        private async Task<string[]> TextsAsync(string chart) => [.. (await page.DrawnAsync(chart, "text")).Where(text => text != "")];

        private Task<string[]> DrawnAsync(string chart, string member) =>
            page.Locator($"#plot-{chart}").EvaluateAsync<string[]>(Drawn, member);
    }
}
