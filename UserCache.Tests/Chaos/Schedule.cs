namespace UserCache.Tests.Chaos;

/// <summary>A fault that is to come.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Replica">To which replica of the API, where it is to one.</param>
/// <param name="Duration">How long to leave it so.</param>
internal sealed record PlannedFault(FaultKind Kind, int Replica, TimeSpan Duration)
{
    public FaultArea Area => Fault.AreaOf(Kind);
}

/// <summary>One fault, or two of which the second begins during the first, and the calm after.</summary>
internal sealed record Step(PlannedFault First, PlannedFault? Second, TimeSpan SecondAfter, TimeSpan Calm);

/// <summary>Makes plans that follow from a seed.</summary>
internal static class Schedule
{
    private const double OverlapShare = 0.3;

    // So that most faults find the service still busy with the one before, and some find it at rest.
    private const int StepsToLongCalm = 3;

    /// <summary>Plans each kind of fault once, in any order, but for those that <see cref="Slowness"/> plans.</summary>
    public static List<Step> Round(Random random)
    {
        var kinds = Enum.GetValues<FaultKind>().Where(kind => Fault.AreaOf(kind) != FaultArea.Pace).ToArray();
        random.Shuffle(kinds);
        var steps = new List<Step>();
        for (var place = 0; place < kinds.Length; place++)
        {
            var first = Plan(kinds[place], random);
            var second = place + 1 < kinds.Length && random.NextDouble() < OverlapShare ? Plan(kinds[place + 1], random) : null;
            if (second is null || second.Area == first.Area)
            {
                second = null;
            }
            else
            {
                place++;
            }

            steps.Add(new Step(
                first,
                second,
                first.Duration * random.NextDouble(),
                steps.Count % StepsToLongCalm == StepsToLongCalm - 1 ? Seconds(random, 6, 8) : Seconds(random, 0.3, 2)));
        }

        return steps;
    }

    /// <summary>
    /// Plans that one link becomes slow: some link nearly always is, whatever else is going on, but never those of all replicas.
    /// </summary>
    public static Step Slowness(Random random) =>
        new(
            Plan(random.NextDouble() < 0.5 ? FaultKind.LinkSlow : FaultKind.DatabaseLinkSlow, random),
            Second: null,
            TimeSpan.Zero,
            Seconds(random, 0.1, 1));

    private static PlannedFault Plan(FaultKind kind, Random random)
    {
        var (shortest, longest) = kind switch
        {
            // Less than a turn of the relay, or more.
            FaultKind.RedisSwapped => random.NextDouble() < 0.5 ? (0, 0.2) : (0.2, 3),
            FaultKind.RedisPaused => (0.3, 4),
            FaultKind.PostgresPaused => (0.5, 4),
            FaultKind.RedisKilled or FaultKind.ApiKilled or FaultKind.PostgresKilled or FaultKind.PostgresRestarted => (0.1, 1.5),
            _ => (0.5, 3.0),
        };
        var replica = Fault.AreaOf(kind) is FaultArea.Link or FaultArea.Api or FaultArea.Pace ? random.Next(ChaosSettings.Replicas) : -1;
        return new PlannedFault(kind, replica, Seconds(random, shortest, longest));
    }

    private static TimeSpan Seconds(Random random, double shortest, double longest) =>
        TimeSpan.FromSeconds(shortest + (random.NextDouble() * (longest - shortest)));
}
