using System.Runtime.InteropServices;
using System.Text;

namespace UserCache.Bench;

/// <summary>What is left of a race: <c>bench/results.json</c> and <c>bench/results.md</c>.</summary>
internal static class Results
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static async Task WriteAsync(Race race, int rounds, int seconds)
    {
        var rows = race.Measurements.Select(pair => new Row(pair.Key.Contestant, pair.Key.Workload, pair.Value)).ToList();
        var about = $"{rounds} rounds of {seconds} s, medians (least to most), {Environment.ProcessorCount} cores for load, API and servers, .NET {Environment.Version}, {RuntimeInformation.OSDescription}";
        var folder = Path.Combine(Repository.Root, "bench");
        await File.WriteAllTextAsync(Path.Combine(folder, "results.json"), JsonSerializer.Serialize(new { About = about, Rows = rows }, Json) + "\n");
        var table = new StringBuilder($"# What a request costs\n\n{about}. Written by `bench/run`.\n\n")
            .Append("| contestant | asked for | req/s | least to most | p99 ms | API CPU µs | Redis µs | PostgreSQL µs | bytes |\n|---|---|---|---|---|---|---|---|---|\n");
        foreach (var row in rows)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {row.Contestant} | {row.Workload} | {row.PerSecond.Median:N0} | {row.PerSecond.Least:N0} to {row.PerSecond.Most:N0} ")
                .Append(CultureInfo.InvariantCulture, $"| {row.P99.Median:F1} | {row.Api.Median:F1} | {row.Redis.Median:F1} | {row.Postgres.Median:F1} | {row.Bytes.Median:N0} |\n");
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "results.md"), table.ToString());
        Console.WriteLine(table);
    }

    /// <summary>Median and extremes.</summary>
    private sealed record Spread(double Median, double Least, double Most)
    {
        public static Spread Of(IEnumerable<double> values)
        {
            var sorted = values.Order().ToArray();
            return new Spread(sorted[sorted.Length / 2], sorted[0], sorted[^1]);
        }
    }

    private sealed class Row(string contestant, string workload, IReadOnlyList<Measurement> measurements)
    {
        public string Contestant => contestant;

        public string Workload => workload;

        public Spread PerSecond { get; } = Spread.Of(measurements.Select(one => one.Load.PerSecond));

        public Spread P99 { get; } = Spread.Of(measurements.Select(one => one.Load.P99 / 1000.0));

        public Spread Api { get; } = Spread.Of(measurements.Select(one => one.Api));

        public Spread Redis { get; } = Spread.Of(measurements.Select(one => one.Redis));

        public Spread Postgres { get; } = Spread.Of(measurements.Select(one => one.Postgres));

        public Spread Bytes { get; } = Spread.Of(measurements.Select(one => one.Allocated));
    }
}
