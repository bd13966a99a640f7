using static System.FormattableString;

namespace UserCache.Tests.Chaos;

/// <summary>Finds answers that no order of the operations could explain.</summary>
internal static class SenseChecker
{
    public static IEnumerable<Violation> Check(int key, IReadOnlyList<Operation> operations, History history)
    {
        var row = history.Rows[key];
        var contents = new Dictionary<long, int> { [row.Version] = row.Content };
        var writers = new Dictionary<long, Operation>();
        foreach (var operation in operations.OrderBy(operation => operation.End))
        {
            if (Problem(operation) is { } problem)
            {
                yield return new Violation(ViolationKind.Senseless, operation, TimeSpan.Zero, problem);
            }
        }

        string? Problem(Operation operation) => operation.Outcome switch
        {
            Outcome.Senseless => operation.Detail ?? "an answer that makes no sense",
            Outcome.NotFound => "a row that is there was not found",
            Outcome.Lost when !history.WasReplicaDown(operation) =>
                $"the connection broke though nobody had killed the replica ({operation.Detail})",
            Outcome.Ok or Outcome.Pending => ProblemWithVersion(operation),
            _ => null,
        };

        string? ProblemWithVersion(Operation operation)
        {
            if (operation.Version < 1 || operation.Version > row.Version)
            {
                return Invariant($"there was never a version {operation.Version}: the row has {row.Version} in the end");
            }

            if (!operation.IsRead && !writers.TryAdd(operation.Version, operation))
            {
                return Invariant($"client {writers[operation.Version].Client} has written version {operation.Version} already");
            }

            return contents.TryAdd(operation.Version, operation.Content) || contents[operation.Version] == operation.Content
                ? null
                : Invariant($"version {operation.Version} has other content elsewhere");
        }
    }
}
