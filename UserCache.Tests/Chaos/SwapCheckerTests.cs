using static UserCache.Tests.Chaos.HandMadeHistory;

namespace UserCache.Tests.Chaos;

/// <summary>A failover that nobody is told of may be noticed a turn late, and excuses nothing else.</summary>
public sealed class SwapCheckerTests
{
    private const double LostFrom = 100, Swapped = 200, TurnAfter = 1_200;

    [Theory]
    // In the turn after it what it has lost may be missing; not longer; not what it had before; and not in the database.
    [InlineData(110, Swapped + 1, true)]
    [InlineData(110, TurnAfter, true)]
    [InlineData(110, TurnAfter + 1, false)]
    [InlineData(99, Swapped + 1, false)]
    [InlineData(110, Swapped + 1, false, OperationKind.SqlRead)]
    internal void Read_may_lack_what_a_failover_behind_a_proxy_has_lost_for_a_turn_and_nothing_else(
        double confirmed, double begin, bool isGood, OperationKind kind = OperationKind.Read)
    {
        var verdict = CheckSwapped(
            LostFrom, Swapped,
            Write(confirmed - 10, confirmed, version: 2), Read(client: 1, begin, begin + 5, version: 1) with { Kind = kind });

        Assert.Equal(isGood ? [] : [ViolationKind.Stale], verdict.Violations.Select(violation => violation.Kind));
    }

    [Theory]
    [InlineData(TurnAfter, true)]
    [InlineData(TurnAfter + 1, false)]
    public void Read_may_be_older_than_what_was_read_before_for_a_turn(double begin, bool isGood)
    {
        var verdict = CheckSwapped(
            LostFrom, Swapped,
            Write(110, 9_000, version: 2), Read(client: 1, 120, 125, version: 2), Read(client: 2, begin, begin + 5, version: 1));

        Assert.Equal(isGood ? [] : [ViolationKind.WentBackForAnother], verdict.Violations.Select(violation => violation.Kind));
    }

    [Theory]
    [InlineData(TurnAfter, 0)]
    [InlineData(TurnAfter + 1, 1_091)]
    public void Lag_of_a_write_past_the_API_does_not_count_for_a_turn(double begin, double lag) => Assert.Equal(
        TimeSpan.FromMilliseconds(lag),
        CheckSwapped(LostFrom, Swapped, Sql(105, 110, version: 2), Read(client: 1, begin, begin + 5, version: 1)).Percentile(1));
}
