namespace UserCache.Bench.Freshness;

/// <summary>The reads of a trial, as they stand to the writes of one writer.</summary>
/// <param name="Contestant">Its name.</param>
/// <param name="Scenario">Calm or trouble.</param>
/// <param name="Writer">Whose writes are looked at.</param>
/// <param name="Writes">How many of them were acknowledged.</param>
/// <param name="Reads">How many were answered.</param>
/// <param name="Stale">How many were older than each of <see cref="Limits"/>.</param>
/// <param name="OldestSeconds">The age of the oldest; 0 when none was stale.</param>
/// <param name="FailedWrites">Writes that were not acknowledged.</param>
/// <param name="FailedReads">Reads that were not answered.</param>
internal sealed record Row(
    string Contestant, string Scenario, string Writer, int Writes, int Reads, IReadOnlyList<int> Stale, double OldestSeconds,
    int FailedWrites, int FailedReads)
{
    public const string Sql = "SQL";

    private const string Pending = "API, pending";

    /// <summary>In seconds.</summary>
    public static IReadOnlyList<double> Limits { get; } = [0, 0.1, 0.25, 1, 10];

    /// <summary>Where no read was stale: the share of stale reads is below this, by 95 % (the rule of three).</summary>
    public double? Bound => Stale[0] == 0 && Reads > 0 ? 3.0 / Reads : null;

    public static IReadOnlyList<Row> Of(string contestant, string scenario, Clients clients)
    {
        var rows = new List<Row>
        {
            Of("API", [Freshness.Writer.Api]),
            Of(Pending, [Freshness.Writer.ApiPending]),
            Of(Sql, [Freshness.Writer.Sql]),
            Of("all", Enum.GetValues<Writer>()),
        };
        rows.RemoveAll(row => row is { Writer: Pending, Writes: 0 });
        return rows;

        Row Of(string name, Writer[] writers)
        {
            var writes = clients.Writes.Where(write => writers.Contains(write.By)).ToList();
            var ages = Staleness.Ages(clients.Reads, writes).Select(age => age.TotalSeconds).ToList();
            return new Row(
                contestant, scenario, name, writes.Count, clients.Reads.Count,
                [.. Limits.Select(limit => ages.Count(age => age > limit))], ages.DefaultIfEmpty().Max(),
                writers.Contains(Freshness.Writer.Api) ? clients.FailedWrites : 0, clients.FailedReads);
        }
    }
}
