using UserCache.Bench.Freshness;

namespace UserCache.Tests.Freshness;

/// <summary>What <c>./bench/run freshness</c> counts, by hand-made reads and writes. Times are seconds.</summary>
public sealed class StalenessTests
{
    [Fact]
    public void Read_of_the_newest_version_is_not_stale() =>
        Assert.Empty(Ages([Read(version: 3, begun: 9)], Write(2, at: 1), Write(3, at: 2)));

    [Fact]
    public void Read_that_began_before_the_acknowledgement_is_not_stale() =>
        Assert.Empty(Ages([Read(version: 1, begun: 5)], Write(2, at: 5)));

    [Fact]
    public void Read_of_a_version_that_nobody_has_acknowledged_is_compared_with_the_next() =>
        Assert.Equal([4], Ages([Read(version: 2, begun: 7), Read(version: 4, begun: 7)], Write(3, at: 3)));

    [Fact]
    public void Age_counts_from_the_first_acknowledgement_that_was_missed() =>
        Assert.Equal(
            [6, 4],
            Ages([Read(version: 1, begun: 8), Read(version: 2, begun: 8)], Write(2, at: 2), Write(3, at: 4), Write(4, at: 7)));

    [Fact]
    public void Later_version_that_was_acknowledged_first_counts() =>
        Assert.Equal([5], Ages([Read(version: 1, begun: 8)], Write(3, at: 3), Write(2, at: 6)));

    [Fact]
    public void Writes_of_another_user_do_not_count() =>
        Assert.Empty(Ages([Read(version: 1, begun: 8)], Write(2, at: 3) with { User = 2 }));

    private static IEnumerable<double> Ages(Read[] reads, params Write[] writes) =>
        Staleness.Ages(reads, writes).Select(age => Math.Round(age.TotalSeconds, 3));

    private static Read Read(long version, int begun) => new(User: 1, version, begun * Stopwatch.Frequency);

    private static Write Write(long version, int at) => new(User: 1, version, Writer.Sql, at * Stopwatch.Frequency);
}
