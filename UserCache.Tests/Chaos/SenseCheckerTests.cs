using static UserCache.Tests.Chaos.HandMadeHistory;

namespace UserCache.Tests.Chaos;

/// <summary>Answers that make no sense must be found, and those that faults explain must not.</summary>
public sealed class SenseCheckerTests
{
    [Theory]
    [InlineData(Outcome.NotFound)]
    [InlineData(Outcome.Senseless)]
    [InlineData(Outcome.Lost)]
    internal void Answer_that_nothing_explains_is_a_violation(Outcome outcome) =>
        AssertOne(ViolationKind.Senseless, Read(client: 1, 10, 20, version: 0) with { Outcome = outcome });

    [Fact]
    public void Refusal_is_no_violation() => AssertGood(Read(client: 1, 10, 20, version: 0) with { Outcome = Outcome.Unavailable });

    [Fact]
    public void Connection_may_break_when_that_replica_is_killed_and_only_then()
    {
        var lost = Read(client: 1, 10, 20, version: 0) with { Outcome = Outcome.Lost, Replica = 1 };

        Assert.True(Check([lost], new Fault(FaultKind.ApiKilled, 1, Ticks(15), Ticks(50))).IsGood);
        Assert.False(Check([lost], new Fault(FaultKind.ApiKilled, 2, Ticks(15), Ticks(50))).IsGood);
        Assert.False(Check([lost], new Fault(FaultKind.ApiKilled, 1, Ticks(30), Ticks(50))).IsGood);
        Assert.False(Check([lost], new Fault(FaultKind.LinkCut, 1, Ticks(15), Ticks(50))).IsGood);
    }

    [Fact]
    public void Version_that_the_row_never_had_is_a_violation() =>
        AssertOne(ViolationKind.Senseless, Read(client: 1, 10, 20, LastVersion + 1));

    [Fact]
    public void Two_writes_of_one_version_are_a_violation() =>
        AssertOne(ViolationKind.Senseless, Write(10, 20, version: 2), Sql(10, 20, version: 2));

    [Fact]
    public void One_version_with_two_contents_is_a_violation() => AssertOne(
        ViolationKind.Senseless, Write(10, 20, version: 2) with { Content = 7 }, Read(client: 1, 30, 40, version: 2) with { Content = 8 });
}
