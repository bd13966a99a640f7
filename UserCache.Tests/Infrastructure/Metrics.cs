using System.Text.RegularExpressions;

namespace UserCache.Tests.Infrastructure;

/// <summary>Metrics in Prometheus' text format.</summary>
public sealed partial record Metrics(IReadOnlyList<Series> Series)
{
    public static Metrics Parse(string text) => new(
        [.. text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(ParseLine)]);

    /// <summary>The sum of the series of a name that have a tag.</summary>
    /// <returns>NaN when there is no such series.</returns>
    public double this[string name, string? tag = null, string? value = null]
    {
        get
        {
            var found = Series
                .Where(series => series.Name == name && (tag is null || series.Tags.GetValueOrDefault(tag) == value))
                .ToList();
            return found.Count == 0 ? double.NaN : found.Sum(series => series.Value);
        }
    }

    private static Series ParseLine(string line)
    {
        var parts = SeriesLine().Match(line);
        Assert.True(parts.Success, line);
        return new Series(
            parts.Groups["name"].Value,
            Tag().Matches(parts.Groups["tags"].Value).ToDictionary(tag => tag.Groups["name"].Value, tag => tag.Groups["value"].Value),
            double.Parse(parts.Groups["value"].Value.Replace("+Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"^(?<name>\w+)(\{(?<tags>.*)\})? (?<value>\S+)( \d+)?$")]
    private static partial Regex SeriesLine();

    [GeneratedRegex("""(?<name>\w+)="(?<value>(\\.|[^"\\])*)"(,|$)""")]
    private static partial Regex Tag();
}

/// <summary>One line of the text.</summary>
public sealed record Series(string Name, IReadOnlyDictionary<string, string> Tags, double Value);
