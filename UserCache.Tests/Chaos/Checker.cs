using static System.FormattableString;

namespace UserCache.Tests.Chaos;

/// <summary>
/// Says which promises a history breaks. Each committed change of a row has a version of its own, one higher than the last, so
/// versions say which write came first, and there is nothing to search for: each rule compares a read's version with those that
/// were known before it began. Rows are judged one by one; but who has seen one row of a transaction has seen all of it.
/// </summary>
internal static class Checker
{
    // What each row has before the first write.
    private const long InitialVersion = 1;

    public static Verdict Check(History history)
    {
        var violations = new List<Violation>();
        var lags = new List<Lag>();
        var lateReads = new List<TimeSpan>();
        var together = new Together(history);
        foreach (var operations in history.Operations.GroupBy(operation => operation.Key))
        {
            var all = operations.ToList();
            violations.AddRange(SenseChecker.Check(operations.Key, all, history));
            var reads = all.Where(operation => operation.IsRead && operation.IsAnswered)
                .Select(read => read with { Begin = history.MustKnow(read) }).OrderBy(read => read.Begin).ToList();
            var confirmed = all.Where(operation => operation.IsConfirmed).ToList();
            var writers = confirmed.DistinctBy(write => write.Version).ToDictionary(write => write.Version, write => write.Replica);
            violations.AddRange(reads.GroupBy(read => read.Replica)
                .SelectMany(some => CheckConfirmed(some, [.. reads, .. together.SightsOf(operations.Key)], confirmed, writers, history)));
            CheckOthers(operations.Key, reads, [.. all.Where(operation =>
                operation.IsAnswered && operation.Version > InitialVersion && !writers.ContainsKey(operation.Version))]);
        }

        return new Verdict(violations, lags, lateReads);

        void CheckOthers(int key, List<Operation> reads, List<Operation> news)
        {
            var known = new KnownVersions(news);
            foreach (var read in reads)
            {
                if (known.EarliestAbove(read.Version) is { } since && since < read.Begin)
                {
                    lateReads.Add(history.ElapsedWithDatabase(since, read.Begin));
                }
            }

            foreach (var lag in Lags(
                key,
                reads,
                known,
                news.Where(write => write.Kind == OperationKind.SqlWrite).Select(write => write.Version).ToHashSet(),
                history))
            {
                lags.Add(lag);
                if (lag.Duration > Verdict.HardBound + history.NearLife)
                {
                    violations.Add(new Violation(
                        ViolationKind.TooLate, lag.LastStale!.Value, lag.Duration,
                        Invariant($"version {lag.Version} had been known for {lag.Duration.TotalMilliseconds:F0} ms")));
                }
            }
        }
    }

    // Writes through the API that were confirmed: no tolerance, but for copies that other replicas than the writer may serve for their
    // life. To the readers of one replica it is as if whatever told of such a write had ended that much later.
    private static IEnumerable<Violation> CheckConfirmed(
        IGrouping<int, Operation> reads, List<Operation> allReads, List<Operation> confirmed, Dictionary<long, int> writers,
        History history)
    {
        var writes = confirmed.ConvertAll(Later);
        var sights = allReads.Where(read => writers.ContainsKey(read.Version)).Select(Later).ToList();
        var (acknowledged, seen) = (new KnownVersions(writes), new KnownVersions(sights));
        foreach (var read in reads)
        {
            if (acknowledged.EarliestAbove(read.Version) is { } since && since < read.Begin)
            {
                var newest = writes.Where(write => write.End < read.Begin).Max(write => write.Version);
                yield return new Violation(
                    ViolationKind.Stale, read, Stopwatch.GetElapsedTime(since, read.Begin),
                    Invariant($"version {newest} was confirmed before this read began"));
            }
            else if (seen.EarliestAbove(read.Version) is { } first && first < read.Begin)
            {
                var before = sights.Where(other => other.End < read.Begin && other.Version > read.Version).ToList();
                var kind = before.Any(other => other.Client == read.Client) ? ViolationKind.WentBack : ViolationKind.WentBackForAnother;
                yield return new Violation(
                    kind, read, Stopwatch.GetElapsedTime(first, read.Begin),
                    Invariant($"version {before.Max(other => other.Version)} was read before this read began"));
            }
        }

        Operation Later(Operation operation) =>
            operation with { End = operation.End + history.Lateness(reads.Key, writers[operation.Version]) };
    }

    // Writes past the API, or not confirmed: how long were they not seen?
    private static IEnumerable<Lag> Lags(int key, List<Operation> reads, KnownVersions known, HashSet<long> sql, History history)
    {
        // The lowest version read from here to the end never falls, so the last read below a version can be searched for by halves.
        var lowestFrom = new long[reads.Count];
        for (var place = reads.Count - 1; place >= 0; place--)
        {
            lowestFrom[place] = Math.Min(reads[place].Version, place + 1 < reads.Count ? lowestFrom[place + 1] : long.MaxValue);
        }

        foreach (var (version, since) in known.All)
        {
            var last = Halves.FirstAtLeast(lowestFrom, version) - 1;
            yield return last >= 0 && reads[last].Begin > since
                ? new Lag(key, version, sql.Contains(version), since, history.ElapsedWithDatabase(since, reads[last].Begin), reads[last])
                : new Lag(key, version, sql.Contains(version), since, TimeSpan.Zero, LastStale: null);
        }
    }
}
