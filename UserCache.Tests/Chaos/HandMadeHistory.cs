namespace UserCache.Tests.Chaos;

/// <summary>Short histories for the checker's tests. Times are in milliseconds; user 1 starts at version 1.</summary>
internal static class HandMadeHistory
{
    public const int Key = 1;
    public const long LastVersion = 5;

    public static Operation Read(int client, double begin, double end, long version) =>
        new(OperationKind.Read, client, Replica: 0, Key, Ticks(begin), Ticks(end), Outcome.Ok, version);

    public static Operation Write(double begin, double end, long version, Outcome outcome = Outcome.Ok) =>
        new(OperationKind.ApiWrite, Client: 90, Replica: 0, Key, Ticks(begin), Ticks(end), outcome, version);

    public static Operation Sql(double begin, double end, long version) =>
        new(OperationKind.SqlWrite, Client: 91, Replica: -1, Key, Ticks(begin), Ticks(end), Outcome.Ok, version);

    public static long Ticks(double milliseconds) => (long)(milliseconds * Stopwatch.Frequency / 1_000);

    public static Verdict Check(params Operation[] operations) => Check(operations, LastVersion);

    public static Verdict Check(Operation[] operations, params Fault[] faults) => Check(operations, LastVersion, faults);

    public static Verdict Check(Operation[] operations, long lastVersion, params Fault[] faults) =>
        Checker.Check(new History(
            operations, faults, Enumerable.Range(Key, 2).ToDictionary(key => key, _ => new FinalRow(lastVersion, Content: 0))));

    /// <summary>The same where replicas may serve copies of their own for a while.</summary>
    public static Verdict CheckNear(TimeSpan life, params Operation[] operations) =>
        Checker.Check(new History(operations, [], new Dictionary<int, FinalRow> { [Key] = new(LastVersion, Content: 0) }, life));

    /// <summary>The same where Redis became another under live connections.</summary>
    public static Verdict CheckSwapped(double lostFrom, double swapped, params Operation[] operations) =>
        Checker.Check(new History(
            operations, [], new Dictionary<int, FinalRow> { [Key] = new(LastVersion, Content: 0) },
            Swaps: [new Span(Ticks(lostFrom), Ticks(swapped))]));

    public static void AssertGood(params Operation[] operations)
    {
        var verdict = Check(operations);
        Assert.Empty(verdict.Violations);
        Assert.True(verdict.IsGood);
    }

    public static Violation AssertOne(ViolationKind kind, params Operation[] operations)
    {
        var violation = Assert.Single(Check(operations).Violations);
        Assert.Equal(kind, violation.Kind);
        return violation;
    }

    public static void AssertAge(double milliseconds, ViolationKind kind, params Operation[] operations) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), AssertOne(kind, operations).Age);
}
