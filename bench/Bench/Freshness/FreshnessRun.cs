using System.Text;

namespace UserCache.Bench.Freshness;

/// <summary>
/// Counts stale reads of what caches users, under the same readers and writers, into <c>bench/freshness.md</c> and <c>freshness.json</c>.
/// </summary>
internal static class FreshnessRun
{
    // UserCache's default.
    private static readonly Dictionary<string, string> Life = new() { ["PEERS_LIFE"] = "00:05:00" };

    private static readonly Contestant[] All =
    [
        new("naive", "naive") { Settings = Life },
        new("output cache", "output-cache") { Settings = Life },
        new("HybridCache, both levels", "hybrid") { Settings = Life },
        new("HybridCache, first level 1 s", "hybrid")
        {
            Settings = new Dictionary<string, string>(Life) { ["PEERS_LOCAL_LIFE"] = "00:00:01" },
        },
        new("FusionCache, both levels, backplane", "fusion") { Settings = Life },
        Contestant.UserCache,
        Contestant.Near,
    ];

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Runs all contestants, or those whose names contain one of these words.</summary>
    /// <exception cref="InvalidOperationException">It saw no stale reads where there must be some.</exception>
    public static async Task RunAsync(bool isQuick, IReadOnlyList<string> words)
    {
        if (words.FirstOrDefault(word => !Array.Exists(All, one => IsNamed(one, word))) is { } unknown)
        {
            throw new ArgumentException($"\"{unknown}\" is in no contestant's name.");
        }

        // Reading what a server prints keeps a thread.
        ThreadPool.SetMinThreads(64, 64);
        var duration = TimeSpan.FromSeconds(isQuick ? 8 : 30);
        var rows = new List<Row>();
        var about = await About.ThisRunAsync($"{(isQuick ? "quick" : "full")}: {duration.TotalSeconds} s for each contestant and scenario");
        await using var field = new Field();
        await field.StartAsync();
        await about.AddServersAsync(field);
        foreach (var contestant in All.Where(one => words.Count == 0 || words.Any(word => IsNamed(one, word))))
        {
            foreach (var isTrouble in (bool[])[false, true])
            {
                var trial = await Trial.RunAsync(field, contestant, isTrouble, duration);
                rows.AddRange(trial);
                Console.Write(Lines(trial));
            }
        }

        await WriteAsync(rows, about);
        if (rows.Find(row => row is { Contestant: "naive", Writer: Row.Sql }) is { } naive && naive.Stale[1] == 0)
        {
            throw new InvalidOperationException(
                "Nothing tells the naive cache of changes by SQL, and no stale read was seen: the check does not work.");
        }
    }

    private static bool IsNamed(Contestant contestant, string word) => contestant.Name.Contains(word, StringComparison.OrdinalIgnoreCase);

    private static async Task WriteAsync(IReadOnlyList<Row> rows, About about)
    {
        var folder = Path.Combine(Repository.Root, "bench");
        var limits = string.Concat(Row.Limits.Select(limit => Invariant($"> {limit} s | ")));
        var table =
            $"""
            # How often a read is stale

            {string.Join("\n", about.Facts.Select(fact => $"- {fact.Key}: {fact.Value}"))}

            {Clients.Readers} clients read {Clients.Users} users through two replicas; {Clients.Writers} change them through the replicas,
            after which each contestant makes its cache forget the user as its documentation says, and {Clients.Writers} by SQL, of which
            nothing but UserCache's triggers tells a cache. A user counts as fresh for 5 minutes, in UserCache's copies near the readers for
            1 second, and where a first level says so.
            A read is stale when it gives a lower version than one whose write was acknowledged before the read began; its age is the time
            between. One that has missed writes of both kinds counts in both lines, and once in *all*. Where none was stale, the share is
            below 3/N by 95 %, as if reads had nothing to do with each other. *Pending* are writes whose answer said that others may still
            see the old value, for 250 ms.
            In *trouble* Redis is killed in the middle and starts again, empty, and now and then what the database answered is held up for
            0.4 s on its way to the cache.

            | contestant | scenario | writer | writes | reads | {limits}oldest | 3/N | failed |
            |---|---|---|---|---|{string.Concat(Row.Limits.Select(_ => "---|"))}---|---|---|
            {Lines(rows)}
            """;
        await File.WriteAllTextAsync(
            Path.Combine(folder, "freshness.json"),
            JsonSerializer.Serialize(new { About = about.Facts, Row.Limits, Rows = rows }, Json) + "\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "freshness.md"), table);
        Console.WriteLine($"\n{table}");
    }

    private static string Lines(IEnumerable<Row> rows)
    {
        var lines = new StringBuilder();
        foreach (var row in rows)
        {
            var bound = row.Bound is { } share ? Invariant($"{share:P3}") : "";
            lines.Append(Invariant($"| {row.Contestant} | {row.Scenario} | {row.Writer} | {row.Writes:N0} | {row.Reads:N0} | "))
                .AppendJoin(" | ", row.Stale.Select(stale => stale == 0 ? "0" : Invariant($"{stale:N0} ({(double)stale / row.Reads:P3})")))
                .Append(Invariant($" | {row.OldestSeconds:F3} s | {bound} | {row.FailedReads:N0} reads, {row.FailedWrites:N0} writes |\n"));
        }

        return lines.ToString();
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
