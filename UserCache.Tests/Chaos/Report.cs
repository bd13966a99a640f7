using System.Text;
using static System.FormattableString;

namespace UserCache.Tests.Chaos;

/// <summary>A run for people to read.</summary>
internal sealed class Report(RunResult run)
{
    private const int ShownViolations = 3;
    private static readonly double[] AgesInSeconds = [0, 0.1, 1, 10];

    private readonly StringBuilder _text = new();
    private readonly Excerpt _excerpt = new(run.History, run.Started);

    public string Write()
    {
        var (verdict, final) = (run.Verdict, run.Final);
        _text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{(run.IsGood ? "Nothing wrong" : "SOMETHING IS WRONG")}: {run.Duration.TotalSeconds:F0} s, seed {run.Settings.Seed}. "
            + $"To repeat: {run.Settings.Command}");
        WriteOperations();
        var faults = run.History.Faults.GroupBy(fault => fault.Kind).OrderBy(kind => kind.Key);
        Line($"  faults     {string.Join(", ", faults.Select(kind => Invariant($"{kind.Key} {kind.Count()}")))}");
        var strict = verdict.Violations
            .Where(violation => violation.Kind is ViolationKind.Stale or ViolationKind.WentBack or ViolationKind.WentBackForAnother)
            .ToList();
        Line($"  stale reads by age, after confirmed writes (must be none)   {Ages(strict.Select(violation => violation.Age))}");
        Line($"  stale reads by age, after other writes (see next line)      {Ages(verdict.LateReads)}");
        WriteSwaps();
        _text.AppendLine(
            CultureInfo.InvariantCulture,
            $"  lag of other writes, as readers saw it   p50 {Ms(verdict.Percentile(0.5))}, "
            + $"p99 {Ms(verdict.Percentile(0.99))} (at most {Ms(Verdict.Bound)}), "
            + $"longest {Ms(verdict.Percentile(1))} (at most {Ms(Verdict.HardBound)}), of {verdict.Lags.Count:N0} writes");
        _text.AppendLine(
            CultureInfo.InvariantCulture,
            $"    of these, writes by SQL                p50 {Ms(verdict.SqlPercentile(0.5))}, "
            + $"p99 {Ms(verdict.SqlPercentile(0.99))}, longest {Ms(verdict.SqlPercentile(1))}, "
            + $"of {verdict.Lags.Count(lag => lag.IsSql):N0} writes");
        var violations = verdict.Violations.GroupBy(violation => violation.Kind).Select(kind => Invariant($"{kind.Key} {kind.Count():N0}"));
        Line($"  violations {(verdict.Violations.Count == 0 ? "none" : string.Join(", ", violations))}");
        Line($"  in the end {final.Cached} values in the cache, {final.Differences.Count} differences");
        foreach (var gap in run.Gaps)
        {
            Line($"  shows little: {gap}");
        }

        foreach (var difference in final.Differences.Take(10))
        {
            Line($"  {difference}");
        }

        WriteViolations();
        if (!run.IsGood && run.Errors.Count > 0)
        {
            Line($"");
            Line($"Errors that the replicas logged first:");
            _text.AppendJoin(Environment.NewLine, run.Errors).AppendLine();
        }

        return _text.ToString();
    }

    // What the checker has let pass.
    private void WriteSwaps()
    {
        var history = run.History;
        var late = Checker.Check(history with { Swaps = [] }).Violations.Select(violation => violation.Operation)
            .Where(read => history.MustKnow(read) < read.Begin)
            .Select(read => Stopwatch.GetElapsedTime(history.Swaps!.Last(swap => swap.Begin < read.Begin).End, read.Begin)).ToList();
        var last = Ms(late.DefaultIfEmpty().Max());
        Line($"  stale reads in the turn after Redis was another (may be)    {late.Count:N0}, the last {last} later");
    }

    private static string Ages(IEnumerable<TimeSpan> ages)
    {
        var all = ages.Select(age => age.TotalSeconds).ToList();
        return string.Join("  ", AgesInSeconds.Select(limit => Invariant($">{limit} s: {all.Count(age => age > limit):N0}")));
    }

    private static string Ms(TimeSpan time) => Invariant($"{time.TotalMilliseconds:F0} ms");

    private void WriteOperations()
    {
        var operations = run.History.Operations;
        var reads = operations.Where(operation => operation.Kind == OperationKind.Read && operation.IsAnswered).ToList();
        _text.AppendLine(
            CultureInfo.InvariantCulture,
            $"  hits       {reads.Count(read => read.IsHit):N0} of {reads.Count:N0} reads, "
            + $"{reads.Count(read => read.IsNear):N0} of them near (copies may be {Ms(run.History.NearLife)} old)");
        foreach (var kind in operations.GroupBy(operation => operation.Kind).OrderBy(kind => kind.Key))
        {
            var outcomes = kind.GroupBy(operation => operation.Outcome).OrderBy(outcome => outcome.Key);
            Line($"  {kind.Key,-10} {string.Join(", ", outcomes.Select(outcome => Invariant($"{outcome.Key} {outcome.Count():N0}")))}");
        }
    }

    private void WriteViolations()
    {
        foreach (var kind in run.Verdict.Violations.GroupBy(violation => violation.Kind))
        {
            foreach (var violation in kind.OrderBy(violation => violation.Operation.Begin).Take(ShownViolations))
            {
                Line($"");
                var row = ChaosRow.KeyOf(violation.Operation.Key);
                Line($"{violation.Kind}, {violation.Age.TotalMilliseconds:F0} ms: {row}, {violation.Detail}");
                _text.Append(_excerpt.Around(violation));
            }
        }

        if (run.Verdict.Percentile(0.99) > Verdict.Bound)
        {
            foreach (var lag in run.Verdict.Lags
                .Where(lag => lag.Duration > Verdict.Bound)
                .OrderByDescending(lag => lag.Duration)
                .Take(ShownViolations))
            {
                Line($"");
                Line($"Lag {lag.Duration.TotalMilliseconds:F0} ms: {ChaosRow.KeyOf(lag.Key)}, version {lag.Version}");
                _text.Append(_excerpt.Around(lag));
            }
        }
    }

    private void Line(FormattableString line) => _text.AppendLine(Invariant(line));
}
