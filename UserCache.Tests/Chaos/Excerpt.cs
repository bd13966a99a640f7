using System.Text;

namespace UserCache.Tests.Chaos;

/// <summary>The part of a history that has to do with one violation.</summary>
internal sealed class Excerpt(History history, long started)
{
    private const int ShownOperations = 30;
    private static readonly long Before = 2 * Stopwatch.Frequency;
    private static readonly long After = Stopwatch.Frequency / 5;
    private static readonly long FaultsBefore = 5 * Stopwatch.Frequency;

    public string Around(Violation violation) =>
        Lines(
            violation.Operation.Key,
            violation.Operation.Begin - Stopwatch.Frequency * violation.Age.Ticks / TimeSpan.TicksPerSecond,
            violation.Operation);

    public string Around(Lag lag) => Lines(lag.Key, lag.Since, lag.LastStale!.Value);

    // The faults at the time, and what was done with the user: all writes since just before the first moment, and the reads around it and
    // the last.
    private string Lines(int key, long since, Operation culprit)
    {
        var text = new StringBuilder();
        foreach (var fault in history.Faults
            .Where(fault => new Span(fault.Begin, fault.End).Overlaps(since - FaultsBefore, culprit.End))
            .OrderBy(fault => fault.Begin))
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"    {Time(fault.Begin)} to {Time(fault.End)}  {fault.Kind}{(fault.Replica < 0 ? "" : $" of replica {fault.Replica}")}");
        }

        var window = history.Operations
            .Where(operation => operation.Key == key && operation.End > since - Before && operation.Begin < culprit.End + After)
            .OrderBy(operation => operation.Begin)
            .ToList();
        var place = window.FindIndex(IsCulprit);
        var shown = window.Where((operation, other) => !operation.IsRead || Math.Abs(other - place) < ShownOperations / 2
            || Math.Abs(operation.Begin - since) < Stopwatch.Frequency / 10).TakeLast(2 * ShownOperations);
        foreach (var operation in shown)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {(IsCulprit(operation) ? '>' : ' ')} {Line(operation)}");
        }

        return text.ToString();

        // The checker may have taken it for one that began earlier.
        bool IsCulprit(Operation operation) => (operation.Client, operation.End) == (culprit.Client, culprit.End);
    }

    private string Line(Operation operation) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Time(operation.Begin)} to {Time(operation.End)}  client {operation.Client,2}  "
        + $"{(operation.Replica < 0 ? "SQL      " : $"replica {operation.Replica}")}  {operation.Kind,-8} {operation.Outcome} "
        + $"version {operation.Version}{(operation.IsHit ? " hit" : "")}  {operation.Detail}");

    private string Time(long timestamp) => string.Create(
        CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(started, timestamp).TotalSeconds:F4}");
}
