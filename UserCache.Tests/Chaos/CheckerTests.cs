using static UserCache.Tests.Chaos.HandMadeHistory;

namespace UserCache.Tests.Chaos;

/// <summary>The checker must find what is wrong and nothing else.</summary>
public sealed class CheckerTests
{
    [Fact]
    public void Reads_that_keep_up_with_all_writes_are_good() => AssertGood(
        Read(client: 1, 0, 5, version: 1),
        Write(10, 20, version: 2),
        Read(client: 1, 21, 25, version: 2),
        Sql(30, 40, version: 3),
        Read(client: 2, 41, 45, version: 3),
        Write(50, 60, version: 4, Outcome.Pending),
        Read(client: 2, 61, 65, version: 4));

    [Fact]
    public void Read_that_began_before_the_acknowledgement_may_be_older() => AssertGood(
        Write(10, 20, version: 2),
        Read(client: 1, 15, 90, version: 1),
        Read(client: 2, 20, 90, version: 1));

    [Fact]
    public void Read_during_a_write_may_see_it_already() => AssertGood(
        Write(10, 20, version: 2),
        Read(client: 1, 12, 14, version: 2));

    [Fact]
    public void Read_older_than_a_confirmed_write_is_stale_however_little() => AssertAge(
        milliseconds: 1, ViolationKind.Stale, Write(10, 20, version: 2), Write(30, 40, version: 3), Read(client: 1, 41, 45, version: 2));

    [Fact]
    public void Age_of_a_stale_read_counts_from_the_first_write_that_it_misses() => AssertAge(
        milliseconds: 100, ViolationKind.Stale,
        Write(10, 20, version: 2), Write(30, 40, version: 3), Read(client: 1, 120, 125, version: 1));

    [Fact]
    public void Newer_write_counts_though_an_older_one_is_confirmed_later() => AssertAge(
        milliseconds: 10, ViolationKind.Stale, Write(10, 100, version: 2), Write(20, 40, version: 3), Read(client: 1, 50, 55, version: 1));

    [Fact]
    public void Write_that_is_confirmed_makes_older_writes_of_any_kind_stale() => AssertOne(
        ViolationKind.Stale, Sql(0, 5, version: 2), Write(10, 20, version: 3), Read(client: 1, 21, 25, version: 2));

    [Fact]
    public void Client_that_reads_a_write_before_its_acknowledgement_and_then_an_older_version_went_back() => AssertOne(
        ViolationKind.WentBack, Write(10, 90, version: 2), Read(client: 1, 20, 25, version: 2), Read(client: 1, 26, 30, version: 1));

    [Fact]
    public void Client_that_reads_an_older_version_than_another_had_read_before_went_back() => AssertOne(
        ViolationKind.WentBackForAnother,
        Write(10, 90, version: 2), Read(client: 1, 20, 25, version: 2), Read(client: 2, 26, 30, version: 1));

    [Fact]
    public void Reads_at_the_same_time_may_see_a_write_in_any_order() => AssertGood(
        Write(10, 90, version: 2), Read(client: 1, 20, 25, version: 2), Read(client: 2, 24, 30, version: 1));

    [Theory]
    [InlineData(OperationKind.SqlWrite, Outcome.Ok)]
    [InlineData(OperationKind.ApiWrite, Outcome.Pending)]
    internal void Write_past_the_API_or_pending_may_not_be_seen_for_a_while_but_no_longer(OperationKind kind, Outcome outcome)
    {
        var write = Write(10, 20, version: 2, outcome) with { Kind = kind };

        var verdict = Check(write, Read(client: 1, 30, 35, version: 2), Read(client: 1, 200, 205, version: 1));
        Assert.True(verdict.IsGood);
        Assert.Equal(TimeSpan.FromMilliseconds(180), verdict.Percentile(1));
        Assert.Equal([TimeSpan.FromMilliseconds(180)], verdict.LateReads);

        AssertOne(ViolationKind.TooLate, write, Read(client: 1, 1_021, 1_025, version: 1));
    }

    [Fact]
    public void Lag_lasts_until_the_last_older_read_though_newer_ones_came_between() => Assert.Equal(
        TimeSpan.FromMilliseconds(180),
        Check(
            Sql(10, 20, version: 2),
            Read(client: 1, 30, 35, version: 1), Read(client: 1, 40, 45, version: 2), Read(client: 1, 200, 205, version: 1)).Percentile(1));

    [Fact]
    public void Lags_of_writes_past_the_API_can_be_told_from_others()
    {
        var verdict = Check(
            Write(10, 20, version: 2, Outcome.Pending), Read(client: 1, 120, 125, version: 1),
            Sql(200, 210, version: 3), Read(client: 1, 250, 255, version: 2));

        Assert.Equal((TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(100)), (verdict.SqlPercentile(1), verdict.Percentile(1)));
    }

    [Fact]
    public void Write_that_all_later_reads_saw_had_no_lag()
    {
        var lag = Assert.Single(Check(
            Read(client: 1, 0, 5, version: 1), Sql(10, 20, version: 2), Read(client: 1, 30, 35, version: 2)).Lags);

        Assert.Equal((TimeSpan.Zero, null), (lag.Duration, lag.LastStale));
    }

    [Fact]
    public void Write_whose_fate_is_unknown_counts_from_the_first_read_that_saw_it()
    {
        var write = Write(10, 20, version: 0, Outcome.Unavailable);
        AssertGood(write, Read(client: 1, 5_000, 5_005, version: 1));
        AssertGood(write, Read(client: 1, 5_000, 5_005, version: 2), Read(client: 2, 5_100, 5_105, version: 1));

        AssertAge(
            milliseconds: 1_100, ViolationKind.TooLate,
            write, Read(client: 1, 5_000, 5_005, version: 2), Read(client: 2, 6_105, 6_110, version: 1));
    }

    [Fact]
    public void More_than_one_late_write_in_a_hundred_is_too_many()
    {
        var prompt = Enumerable.Range(2, 99).Select(version => Sql(version, version + 1, version)).ToList();
        Operation[] late = [Sql(200, 210, version: 101), Sql(220, 230, version: 102)];

        Assert.True(Check([.. prompt, late[0], Read(client: 1, 500, 510, version: 100)], lastVersion: 101).IsGood);
        var verdict = Check([.. prompt, .. late, Read(client: 1, 500, 510, version: 100)], lastVersion: 102);
        Assert.False(verdict.IsGood);
        Assert.Empty(verdict.Violations);
        Assert.Equal(TimeSpan.FromMilliseconds(270), verdict.Percentile(0.99));
    }

    [Fact]
    public void Time_without_PostgreSQL_and_a_second_after_do_not_count()
    {
        Operation[] operations = [Sql(10, 20, version: 2), Read(client: 1, 3_200, 3_210, version: 1)];
        var away = new Fault(FaultKind.PostgresPaused, -1, Ticks(100), Ticks(2_000));
        var again = new Fault(FaultKind.PostgresKilled, -1, Ticks(2_500), Ticks(2_600));

        Assert.Equal(TimeSpan.FromMilliseconds(280), Check(operations, away).Percentile(1));
        Assert.Equal(TimeSpan.FromMilliseconds(80), Check(operations, away, again).Percentile(1));
        AssertOne(ViolationKind.TooLate, operations);
    }

    [Theory]
    // On the replica that wrote nothing may be late; on another a copy may, for its life; past the API nothing. Without copies nothing may
    // be late anywhere.
    [InlineData(0, 21, 1_000, false)]
    [InlineData(1, 1_020, 1_000, true)]
    [InlineData(1, 1_022, 1_000, false)]
    [InlineData(-1, 21, 1_000, false)]
    [InlineData(1, 21, 0, false)]
    public void Copy_may_be_older_than_a_confirmed_write_for_its_life_on_other_replicas_than_the_writer(
        int replica, double begin, int life, bool isGood)
    {
        var read = Read(client: 1, begin, begin + 5, version: 1) with
        {
            Replica = replica,
            Kind = replica < 0 ? OperationKind.SqlRead : OperationKind.Read,
        };

        var verdict = CheckNear(TimeSpan.FromMilliseconds(life), Write(10, 20, version: 2), read);

        Assert.Equal(isGood ? [] : [ViolationKind.Stale], verdict.Violations.Select(violation => violation.Kind));
    }

    [Theory]
    [InlineData(0, 26, false)]
    [InlineData(1, 1_025, true)]
    [InlineData(1, 1_027, false)]
    public void Copy_may_be_older_than_what_was_read_before_for_its_life_on_other_replicas_than_the_writer(
        int replica, double begin, bool isGood)
    {
        var verdict = CheckNear(
            TimeSpan.FromSeconds(1),
            Write(10, 9_000, version: 2),
            Read(client: 1, 20, 25, version: 2) with { Replica = 2 },
            Read(client: 2, begin, begin + 5, version: 1) with { Replica = replica });

        Assert.Equal(isGood ? [] : [ViolationKind.WentBackForAnother], verdict.Violations.Select(violation => violation.Kind));
    }

    [Fact]
    public void Copy_of_a_later_write_of_another_replica_excuses_nothing_older_than_one_s_own() => Assert.Equal(
        ViolationKind.Stale,
        Assert.Single(CheckNear(
            TimeSpan.FromSeconds(1),
            Write(10, 20, version: 2),
            Write(30, 40, version: 3) with { Replica = 1 },
            Read(client: 1, 50, 55, version: 1)).Violations).Kind);

    [Theory]
    [InlineData(2_020, true)]
    [InlineData(2_022, false)]
    public void Copy_may_be_older_than_a_write_past_the_API_for_its_life_more_than_the_bound(double begin, bool isGood) =>
        Assert.Equal(
            isGood,
            CheckNear(
                TimeSpan.FromSeconds(1),
                Sql(10, 20, version: 2), Read(client: 1, begin, begin + 5, version: 1)).Violations.Count == 0);

    [Fact]
    public void Users_have_nothing_to_do_with_each_other() => AssertGood(
        Write(10, 20, version: 2),
        Read(client: 1, 30, 40, version: 1) with { Key = Key + 1 });
}
