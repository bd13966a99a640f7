using static UserCache.Tests.Chaos.HandMadeHistory;

namespace UserCache.Tests.Chaos;

/// <summary>Two rows of one transaction, 1 and 2, which were both at version 1 and both went to version 2.</summary>
public sealed class TogetherTests
{
    private static readonly (Operation One, Operation Other) Pair = (Write(10, 20, 2), Of(2, Write(10, 20, 2)));

    [Fact]
    public void Old_row_read_after_the_other_was_seen_new_is_a_violation_though_the_write_was_not_acknowledged_then() =>
        Assert.Equal(
            ViolationKind.WentBackForAnother, Assert.Single(Check(Read(1, 12, 14, 2), Of(2, Read(2, 15, 16, 1))).Violations).Kind);

    [Theory]
    // At the same time: there is no telling which came first.
    [InlineData(13, 16, 1)]
    [InlineData(15, 16, 2)]
    public void Row_that_is_read_meanwhile_or_is_new_is_none(double begin, double end, long version) =>
        Assert.Empty(Check(Read(1, 12, 14, 2), Of(2, Read(2, begin, end, version))).Violations);

    [Fact]
    public void Other_row_that_was_seen_as_it_was_before_says_nothing() =>
        Assert.Empty(Check(Read(1, 12, 14, 1), Of(2, Read(2, 15, 16, 1))).Violations);

    private static Operation Of(int row, Operation operation) => operation with { Key = row };

    private static Verdict Check(params Operation[] reads) => Checker.Check(new History(
        [Pair.One, Pair.Other, .. reads], [], Enumerable.Range(1, 2).ToDictionary(row => row, _ => new FinalRow(2, Content: 0)),
        Pairs: [Pair]));
}
