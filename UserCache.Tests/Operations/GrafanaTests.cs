using System.Text.RegularExpressions;

namespace UserCache.Tests.Operations;

/// <summary>The Grafana dashboard and the alerts ask for what the service exports.</summary>
[Collection(OperationsGroup.Name)]
public sealed partial class GrafanaTests(App app)
{
    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "operations");

    [Fact]
    public async Task Every_metric_and_tag_of_the_dashboard_and_of_the_alerts_is_exported()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var id = await fleet.AddUserAsync();
        await fleet.Replicas[0].Users.GetHitAsync(id);
        // The last of an answer is that its duration is noted.
        var exported = await fleet.Management.ScrapeUntilAsync(metrics =>
            metrics["cache_requests_total", "cache_outcome", "hit"] == 1
            && metrics.Series.Any(series => series.Name == "http_server_request_duration_seconds_count")
            && (metrics["cache_outbox_depth"], metrics["cache_invalidation_lag_seconds_count"]) == (0, 1));
        var names = exported.Series.Select(series => series.Name).ToHashSet();
        var tags = exported.Series.SelectMany(series => series.Tags.Keys).ToHashSet();

        var questions = Expressions(JsonDocument.Parse(
                await File.ReadAllTextAsync(Path.Combine(Folder, "grafana-dashboard.json"))).RootElement)
            .Append(await File.ReadAllTextAsync(Path.Combine(Folder, "alerts.yaml")))
            .ToList();

        Assert.True(questions.Count > 15, $"{questions.Count} questions");
        Assert.All(questions.SelectMany(question => Metric().Matches(question)), metric => Assert.Contains(metric.Value, names));
        Assert.All(
            questions.SelectMany(question => Selector().Matches(question)),
            selector => Assert.Contains(selector.Groups["tag"].Value, tags.Append("instance").Append("job")));
    }

    [Fact]
    public async Task Every_panel_says_what_it_means_and_every_alert_has_its_section_in_the_runbook()
    {
        var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "grafana-dashboard.json"))).RootElement;
        var panels = dashboard.GetProperty("panels").EnumerateArray()
            .Where(panel => panel.GetProperty("type").GetString() != "row")
            .ToList();
        Assert.All(
            panels,
            panel => Assert.True(panel.GetProperty("description").GetString()!.Length > 30, panel.GetProperty("title").GetString()));

        var anchors = (await File.ReadAllLinesAsync(Path.Combine(Folder, "README.md")))
            .Where(line => line.StartsWith('#'))
            .Select(line => line.TrimStart('#').Trim().ToLowerInvariant().Replace(' ', '-'))
            .ToHashSet();
        var links = RunbookLink().Matches(await File.ReadAllTextAsync(Path.Combine(Folder, "alerts.yaml")));
        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.Contains(link.Groups["anchor"].Value, anchors));
    }

    private static IEnumerable<string> Expressions(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(member =>
            member.Name == "expr" && member.Value.ValueKind == JsonValueKind.String
                ? [member.Value.GetString()!]
                : Expressions(member.Value)),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Expressions),
        _ => [],
    };

    [GeneratedRegex(@"\b(cache_(?!name\b|outcome\b)|http_server_)\w+")]
    private static partial Regex Metric();

    [GeneratedRegex("""(?<tag>\w+)\s*(=~|!~|=|!=)\s*"(?=[^}]*\})""")]
    private static partial Regex Selector();

    [GeneratedRegex(@"README\.md#(?<anchor>[\w-]+)")]
    private static partial Regex RunbookLink();
}
