using System.Text;

namespace UserCache.Bench;

/// <summary>What is left of a run: <c>bench/results.md</c>, <c>results.svg</c>, and everything in <c>results.json</c>.</summary>
internal static class Results
{
    private const int SoakRows = 12;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static readonly string Folder = Path.Combine(Repository.Root, "bench");
    private static readonly string Everything = Path.Combine(Folder, "results.json");

    /// <summary>Writes them. A run of some parts, unless it was a quick one, keeps what a run of all has measured of the others.</summary>
    public static async Task WriteAsync(Plan plan, About about, Findings findings)
    {
        var took = string.Create(CultureInfo.InvariantCulture, $"{about.Elapsed.TotalMinutes:F1} minutes");
        var facts = about.Facts.Append(new("took", took));
        if (!plan.IsQuick && !plan.IsAll && File.Exists(Everything))
        {
            if (plan.Parts.Any(part => about.Facts.ContainsKey(About.FailureOf(part))))
            {
                Console.WriteLine("A part has failed: the results stay as they were.");
                return;
            }

            var kept = JsonSerializer.Deserialize<Saved>(await File.ReadAllTextAsync(Everything), Json)!;
            findings.Complete(kept.Rows, kept.Figures, kept.Soak);
            var anew = $"{string.Join(", ", plan.Parts.Select(part => part.Name))} anew";
            facts = kept.About.Where(fact => fact.Key != anew && !plan.Parts.Any(part => fact.Key == About.FailureOf(part)))
                .Append(new(anew, $"{about.Facts["date"]}, commit {about.Facts["commit"]}, {plan}"));
        }

        var saved = new Saved(
            facts.ToDictionary(),
            [.. findings.Measurements.Select(pair => new MeasuredRow(pair.Key.Contestant, pair.Key.Workload, pair.Value))],
            findings.Figures, findings.Soak);
        await File.WriteAllTextAsync(Everything, JsonSerializer.Serialize(saved, Json) + "\n");
        var text = new StringBuilder("# What a request costs\n\nWritten by `bench/run`.\n\n| | |\n|---|---|\n");
        foreach (var (name, fact) in saved.About)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {fact} |\n");
        }

        if (Chart.Of(findings) is { } chart)
        {
            await File.WriteAllTextAsync(Path.Combine(Folder, "results.svg"), chart);
            text.Append("\n![Hits a second of all contestants](results.svg)\n");
        }

        AppendTargets(text, findings);
        AppendMeasurements(text, findings);
        AppendFigures(text, findings);
        await File.WriteAllTextAsync(Path.Combine(Folder, "results.md"), text.ToString());
        Console.WriteLine(text);
    }

    private static void AppendTargets(StringBuilder text, Findings findings)
    {
        text.Append("\n## Targets\n\n| of the medians | target | measured | worst round | holds |\n|---|---|---|---|---|\n");
        foreach (var target in Targets.All)
        {
            var bound = string.Create(CultureInfo.InvariantCulture, $"{(target.IsLeast ? "at least" : "at most")} {target.Bound:0.##}");
            text.Append(CultureInfo.InvariantCulture, $"| {target.What} | {bound} ");
            text.Append(target.Measured(findings) is var (median, worst)
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {median:#,0.##} | {worst:#,0.##} | {(target.Holds(median) ? "yes" : "**no**")} |\n")
                : "| not measured | | |\n");
        }
    }

    private static void AppendMeasurements(StringBuilder text, Findings findings)
    {
        text.Append(
            "\n## Requests\n\nMedians of the rounds. Processor time and bytes are those of one request.\n\n"
            + "| contestant | asked for | req/s | least to most | p99 ms | API CPU µs | Redis µs | PostgreSQL µs | bytes |\n"
            + "|---|---|---|---|---|---|---|---|---|\n");
        foreach (var ((contestant, workload), rounds) in findings.Measurements)
        {
            var speed = Spread.Of(rounds.Select(one => one.Load.PerSecond));
            double Median(Func<Measurement, double> of) => Spread.Of(rounds.Select(of)).Median;
            text.Append(CultureInfo.InvariantCulture, $"| {contestant} | {workload} ")
                .Append(CultureInfo.InvariantCulture, $"| {speed.Median:N0} | {speed.Least:N0} to {speed.Most:N0} ")
                .Append(CultureInfo.InvariantCulture, $"| {Median(one => one.Load.P99 / 1000.0):F1} | {Median(one => one.Api):F1} ")
                .Append(CultureInfo.InvariantCulture, $"| {Median(one => one.Redis):F1} | {Median(one => one.Postgres):F1} ")
                .Append(CultureInfo.InvariantCulture, $"| {Median(one => one.Allocated):#,#} |\n");
        }
    }

    private static void AppendFigures(StringBuilder text, Findings findings)
    {
        text.Append("\n## Other figures\n\n| | median | least to most |\n|---|---|---|\n");
        foreach (var (name, values) in findings.Figures)
        {
            var spread = Spread.Of(values);
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {spread.Median:#,0.####} ")
                .Append(CultureInfo.InvariantCulture, $"| {spread.Least:#,0.####} to {spread.Most:#,0.####} |\n");
        }

        if (findings.Soak.Count == 0)
        {
            return;
        }

        text.Append(
            "\n## Soak\n\nHits over 64 connections, and some ten writes a second.\n\n"
            + "| second | memory MiB | handles | threads | heap MiB | pauses |\n|---|---|---|---|---|---|\n");
        foreach (var sample in findings.Soak.Where((_, place) => place % Math.Max(1, findings.Soak.Count / SoakRows) == 0))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {sample.Second:F0} | {sample.Rss / 1048576.0:F0} ")
                .Append(CultureInfo.InvariantCulture, $"| {sample.Handles} | {sample.Threads} ")
                .Append(CultureInfo.InvariantCulture, $"| {sample.Heap / 1048576.0:F0} | {sample.Paused:P2} |\n");
        }
    }

    private sealed record Saved(
        IReadOnlyDictionary<string, string> About, IReadOnlyList<MeasuredRow> Rows, IReadOnlyDictionary<string, List<double>> Figures,
        IReadOnlyList<SoakSample> Soak);
}
