using System.Text;

namespace UserCache.Bench;

/// <summary>The hits of all contestants as a picture.</summary>
internal static class Chart
{
    private const int Width = 760, Names = 230, Figures = 70, Row = 26, Bar = 16, Top = 34;

    // In the middle between black and white: to be read on both.
    private const string Text = "#777", Ours = "#2f81f7", Others = "#8b949e";

    /// <returns>SVG; <see langword="null"/> when no hits were measured.</returns>
    public static string? Of(Findings findings)
    {
        var bars = Contestant.All
            .SelectMany(
                one => new[] { Workload.Hit, Workload.Read },
                (one, workload) => (one, Rounds: findings.Measurements.GetValueOrDefault((one.Name, workload.Name))))
            .Where(bar => bar.Rounds is not null)
            .Select(bar => (
                bar.one.Name, IsOurs: bar.one.Peer is null,
                PerSecond: Spread.Of(bar.Rounds!.Select(round => round.Load.PerSecond)).Median))
            .OrderByDescending(bar => bar.PerSecond)
            .ToList();
        if (bars.Count == 0)
        {
            return null;
        }

        var height = Top + (bars.Count * Row);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" ")
            .Append(CultureInfo.InvariantCulture, $"width=\"{Width}\" height=\"{height}\" ")
            .Append(CultureInfo.InvariantCulture, $"font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"{Text}\">\n")
            .Append("<title>Hits a second of all contestants</title>\n")
            .Append(CultureInfo.InvariantCulture, $"<text x=\"{Names}\" y=\"18\">")
            .Append("GET /api/v1/users/{id}, from the cache where there is one: requests a second</text>\n");
        for (var place = 0; place < bars.Count; place++)
        {
            var (name, isOurs, perSecond) = bars[place];
            var (y, width) = (Top + (place * Row), perSecond / bars[0].PerSecond * (Width - Names - Figures));
            var weight = isOurs ? " font-weight=\"600\"" : "";
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Names - 8}\" y=\"{y + 13}\" text-anchor=\"end\"{weight}>{name}</text>")
                .Append(CultureInfo.InvariantCulture, $"<rect x=\"{Names}\" y=\"{y}\" width=\"{width:F0}\" height=\"{Bar}\" rx=\"2\" ")
                .Append(CultureInfo.InvariantCulture, $"fill=\"{(isOurs ? Ours : Others)}\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{Names + width + 6:F0}\" y=\"{y + 13}\"{weight}>{perSecond:N0}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }
}
