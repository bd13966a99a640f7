namespace UserCache.Bench;

/// <summary>One measurement.</summary>
/// <param name="Load">What the load generator saw.</param>
/// <param name="Api">Processor time of the contestant for each request, in microseconds; so for Redis and PostgreSQL.</param>
/// <param name="Redis">Of Redis.</param>
/// <param name="Postgres">Of PostgreSQL.</param>
/// <param name="Allocated">Bytes for each request.</param>
internal sealed record Measurement(LoadResult Load, double Api, double Redis, double Postgres, double Allocated);

/// <summary>The rounds of one line of the results.</summary>
internal sealed record MeasuredRow(string Contestant, string Workload, IReadOnlyList<Measurement> Rounds);

/// <summary>All that was measured, round by round.</summary>
internal sealed class Findings
{
    /// <summary>By contestant and workload.</summary>
    public Dictionary<(string Contestant, string Workload), List<Measurement>> Measurements { get; } = [];

    /// <summary>What is no load of requests, by name.</summary>
    public Dictionary<string, List<double>> Figures { get; } = [];

    public List<SoakSample> Soak { get; } = [];

    public void Add(Contestant contestant, Workload workload, Measurement measured) =>
        ListOf(Measurements, (contestant.Name, workload.Name)).Add(measured);

    public void Add(string figure, double value)
    {
        ListOf(Figures, figure).Add(value);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{figure}: {value:#,0.###}"));
    }

    /// <summary>Takes over what an earlier run has measured and this one has not.</summary>
    /// <param name="rows">Its measurements.</param>
    /// <param name="figures">Its other figures.</param>
    /// <param name="soak">Its soak.</param>
    public void Complete(IEnumerable<MeasuredRow> rows, IReadOnlyDictionary<string, List<double>> figures, IReadOnlyList<SoakSample> soak)
    {
        foreach (var row in rows)
        {
            Measurements.TryAdd((row.Contestant, row.Workload), [.. row.Rounds]);
        }

        foreach (var (name, values) in figures)
        {
            Figures.TryAdd(name, values);
        }

        Soak.AddRange(Soak.Count == 0 ? soak : []);
    }

    private static List<TValue> ListOf<TKey, TValue>(Dictionary<TKey, List<TValue>> all, TKey key)
        where TKey : notnull
    {
        if (!all.TryGetValue(key, out var list))
        {
            all[key] = list = [];
        }

        return list;
    }
}

/// <summary>Median and extremes.</summary>
internal sealed record Spread(double Median, double Least, double Most)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return new Spread(sorted[sorted.Length / 2], sorted[0], sorted[^1]);
    }
}
