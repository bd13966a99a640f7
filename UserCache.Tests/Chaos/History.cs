namespace UserCache.Tests.Chaos;

/// <summary>A stretch of time, as Stopwatch timestamps.</summary>
internal readonly record struct Span(long Begin, long End)
{
    public bool Overlaps(long begin, long end) => begin <= End && end >= Begin;
}

/// <summary>A row as the database has it in the end.</summary>
internal sealed record FinalRow(long Version, int Content);

/// <summary>All that was done and seen in a run.</summary>
/// <param name="Operations">In any order.</param>
/// <param name="Faults">What was broken, and when.</param>
/// <param name="Rows">The rows in the end, by number.</param>
/// <param name="NearLife">How long replicas may serve a copy of their own; zero where they keep none.</param>
/// <param name="Swaps">
/// When Redis became another under live connections: from the first write that the new one may have missed to the last that the old one may
/// have answered.
/// </param>
/// <param name="Pairs">Confirmed writes that were made in one transaction.</param>
internal sealed record History(
    IReadOnlyList<Operation> Operations, IReadOnlyList<Fault> Faults, IReadOnlyDictionary<int, FinalRow> Rows, TimeSpan NearLife = default,
    IReadOnlyList<Span>? Swaps = null, IReadOnlyList<(Operation One, Operation Other)>? Pairs = null)
{
    private readonly long _nearTicks = (long)(NearLife.TotalSeconds * Stopwatch.Frequency);

    /// <summary>What it may take clients and servers to notice that a server is back.</summary>
    private static readonly long Aftermath = Stopwatch.Frequency;

    /// <summary>When PostgreSQL was away, in order and without overlaps. Nobody can learn of a change then, not even the relay.</summary>
    public IReadOnlyList<Span> DatabaseAway { get; } = Merge(Faults
        .Where(fault => fault.Area == FaultArea.Database)
        .Select(fault => new Span(fault.Begin, fault.End + Aftermath)));

    /// <summary>Whether this replica was dead, or starting, while the operation went on.</summary>
    public bool WasReplicaDown(Operation operation) => Faults.Any(fault =>
        fault.Kind == FaultKind.ApiKilled && fault.Replica == operation.Replica
        && new Span(fault.Begin, fault.End + Aftermath).Overlaps(operation.Begin, operation.End));

    /// <summary>
    /// How late reads may see a confirmed write, in Stopwatch ticks: on the replica that wrote it, and past the API, not at all.
    /// </summary>
    public long Lateness(int reader, int writer) => reader < 0 || reader == writer ? 0 : _nearTicks;

    /// <summary>
    /// The moment of which a read must know what was known: its beginning. But until each replica has had its next turn, which is to look
    /// at its mark, what it reads through the API may lack what the new Redis has missed.
    /// </summary>
    public long MustKnow(Operation read)
    {
        if (read.Kind == OperationKind.Read)
        {
            foreach (var swap in Swaps ?? [])
            {
                if (swap.Begin < read.Begin && ElapsedWithDatabase(swap.End, read.Begin) <= Verdict.HardBound)
                {
                    return swap.Begin;
                }
            }
        }

        return read.Begin;
    }

    /// <summary>How long after a time something happened, without the time in which PostgreSQL was away.</summary>
    public TimeSpan ElapsedWithDatabase(long begin, long end)
    {
        var away = DatabaseAway.Where(span => span.Overlaps(begin, end)).Sum(span => Math.Min(span.End, end) - Math.Max(span.Begin, begin));
        return Stopwatch.GetElapsedTime(begin, end - away);
    }

    private static List<Span> Merge(IEnumerable<Span> spans)
    {
        var merged = new List<Span>();
        foreach (var span in spans.OrderBy(span => span.Begin))
        {
            if (merged.Count > 0 && span.Begin <= merged[^1].End)
            {
                merged[^1] = new Span(merged[^1].Begin, Math.Max(merged[^1].End, span.End));
            }
            else
            {
                merged.Add(span);
            }
        }

        return merged;
    }
}
