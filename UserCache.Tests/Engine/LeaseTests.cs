namespace UserCache.Tests.Engine;

/// <summary>Who may fill a key, over all replicas.</summary>
public sealed class LeaseTests(SharedRedis redis) : EngineTest(redis)
{
    [Fact]
    public async Task Cold_key_is_loaded_once_for_two_replicas_and_the_loser_waits_and_takes_the_value()
    {
        var (winner, loser, key) = (Replica(), Replica(), NewRow());
        var (read, load) = await StartHeldReadAsync(winner, key);

        var waiting = loser.GetAsync(key);
        await EngineReplica.UntilAsync(() =>
        {
            loser.Time.Advance(TimeSpan.FromMilliseconds(50));
            return loser.Redis.Commands.Count(command => command == "acquire") >= 3;
        });
        Assert.False(waiting.IsCompleted);
        load.Release();

        AssertRead(await read, CacheOutcome.Miss, 1, stored: true);
        AssertRead(await loser.RunClockAsync(waiting, TimeSpan.FromMilliseconds(50)), CacheOutcome.Collapsed, 1);
        Assert.Single(Source.Loads);
    }

    [Fact]
    public async Task Loser_whose_patience_is_over_reads_for_itself_and_fills_nothing()
    {
        var (winner, loser, key) = (Replica(("LoadTimeout", "00:01:00")), Replica(), NewRow());
        var (read, load) = await StartHeldReadAsync(winner, key);
        var started = loser.Time.GetUtcNow();

        AssertRead(await loser.RunClockAsync(loser.GetAsync(key), TimeSpan.FromSeconds(1)), CacheOutcome.Miss, 1);

        Assert.InRange(loser.Time.GetUtcNow() - started, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60));
        Assert.Equal(2, Source.Loads.Count);
        Assert.DoesNotContain("fill", loser.Redis.Commands);
        load.Release();
        AssertRead(await read, CacheOutcome.Miss, 1, stored: true);
    }

    [Theory]
    [InlineData("a write")]
    [InlineData("a write that has only begun")]
    [InlineData("a relayed change")]
    [InlineData("an eviction")]
    [InlineData("a flush")]
    public async Task Fill_of_a_slow_reader_is_refused_after(string overtaker)
    {
        var (slow, other, key) = (Replica(), Replica(), NewRow());
        using var rejected = slow.Collect<long>(CacheTelemetry.FillRejected);
        var (read, load) = await StartHeldReadAsync(slow, key);

        await (overtaker switch
        {
            "a write" => WriteAsync(other, key, version: 2),
            "a write that has only begun" => other.Invalidation.BeginWriteAsync(key),
            "a relayed change" => other.Invalidation.InvalidateOlderAsync(key, version: 2),
            "an eviction" => other.Cache.EvictAsync(key, CancellationToken.None),
            _ => other.Cache.Admin.FlushAsync(key, CancellationToken.None),
        });
        load.Release();

        // It came before: what it read was right.
        AssertRead(await read, CacheOutcome.Miss, 1);
        Assert.False(await IsStoredAsync(key));
        Assert.False(await Stored.KeyExistsAsync(Lease(key)));
        Assert.Equal(1, Assert.Single(rejected.GetMeasurementSnapshot()).Value);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    // That there is no row has no version to tell by: it is refused once more.
    [InlineData(0, false)]
    public async Task Fill_under_a_floor_of_2_is_accepted_from_version_2_on(long version, bool accepted)
    {
        var (replica, key) = (Replica(), NewRow(version));
        var (read, load) = await StartHeldReadAsync(replica, key);

        await replica.Invalidation.InvalidateOlderAsync(key, version: 2);
        // A late one does not lower it.
        await replica.Invalidation.InvalidateOlderAsync(key, version: 1);
        load.Release();

        AssertRead(await read, CacheOutcome.Miss, version, accepted);
        Assert.Equal(accepted, await IsStoredAsync(key));
    }

    [Fact]
    public async Task Load_that_fails_gives_its_lease_back()
    {
        var (replica, key) = (Replica(), NewRow());
        Source.Failure = new InvalidOperationException("of the test");

        Assert.Same(Source.Failure, await Assert.ThrowsAsync<InvalidOperationException>(() => replica.GetAsync(key)));

        Assert.False(await Stored.KeyExistsAsync(Lease(key)));
        Source.Failure = null;
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
    }

    [Fact]
    public async Task Lease_lives_as_long_as_a_load_may_take_and_expires_without_its_holder()
    {
        var (dead, other, key) = (Replica(("LoadTimeout", "00:00:30")), Replica(), NewRow());
        var (read, load) = await StartHeldReadAsync(dead, key);
        Assert.InRange((await Stored.KeyTimeToLiveAsync(Lease(key)))!.Value, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30));

        await Stored.KeyExpireAsync(Lease(key), TimeSpan.Zero);

        AssertRead(await other.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
        load.Release();
        AssertRead(await read, CacheOutcome.Miss, 1);
    }

    [Fact]
    public async Task Lease_that_was_won_without_the_winner_hearing_of_it_is_given_back()
    {
        var (replica, key) = (Replica(), NewRow());
        replica.Redis.After("acquire", () => throw RedisTap.Timeout);

        AssertRead(await replica.GetAsync(key), CacheOutcome.Bypass, 1);

        await EngineReplica.UntilAsync(async () => !await Stored.KeyExistsAsync(Lease(key)));
        Assert.False(await IsStoredAsync(key));
    }
}
