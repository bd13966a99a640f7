namespace UserCache.Tests.Engine;

/// <summary>Readers of one process who want the same key at the same time.</summary>
public sealed class FlightTests(SharedRedis redis) : EngineTest(redis)
{
    [Fact]
    public async Task Cold_key_is_loaded_once_for_500_readers_on_two_replicas()
    {
        const int Readers = 250;
        var (first, second, key) = (Replica(), Replica(), NewRow());
        var load = Source.Hold();

        List<Task<CacheResult>> reads = [.. await JoinAsync(first, key, Readers), .. await JoinAsync(second, key, Readers)];
        await load.Begun;
        load.Release();
        var poll = TimeSpan.FromMilliseconds(50);
        var results = await first.RunClockAsync(second.RunClockAsync(Task.WhenAll(reads), poll), poll);

        Assert.Single(Source.Loads);
        AssertRead(Assert.Single(results, result => result.Outcome == CacheOutcome.Miss), CacheOutcome.Miss, 1, stored: true);
        Assert.All(results.Where(result => result.Outcome != CacheOutcome.Miss), result => AssertRead(result, CacheOutcome.Collapsed, 1));
    }

    [Fact]
    public async Task Reader_joining_a_flight_older_than_the_write_goes_round_again()
    {
        var (replica, other, key) = (Replica(), Replica(), NewRow());
        var (slow, load) = await StartHeldReadAsync(replica, key);
        replica.Time.Advance(TimeSpan.FromMilliseconds(1));
        await WriteAsync(other, key, version: 2);

        var joiner = (await JoinAsync(replica, key, readers: 1))[0];
        load.Release();

        AssertRead(await slow, CacheOutcome.Miss, 1);
        AssertRead(await joiner, CacheOutcome.Miss, 2, stored: true);
    }

    [Fact]
    public async Task Reader_joining_a_flight_whose_fill_is_accepted_shares_its_read()
    {
        var (replica, key) = (Replica(), NewRow());
        var (leader, load) = await StartHeldReadAsync(replica, key);
        using var requests = replica.Collect<long>(CacheTelemetry.Requests);
        replica.Time.Advance(TimeSpan.FromMilliseconds(1));

        var joiner = (await JoinAsync(replica, key, readers: 1))[0];
        load.Release();

        AssertRead(await leader, CacheOutcome.Miss, 1, stored: true);
        AssertRead(await joiner, CacheOutcome.Collapsed, 1);
        Assert.Equal(
            ["collapsed", "miss"],
            requests.GetMeasurementSnapshot().Select(one => (string)one.Tags[CacheTelemetry.OutcomeTag]!).Order());
        Assert.True((await joiner).Shared);
        Assert.Single(Source.Loads);
    }

    [Fact]
    public async Task Reader_joining_when_the_fill_is_accepted_but_Redis_is_not_believed_any_more_goes_round_again()
    {
        var (replica, key) = (Replica(), NewRow());
        var (leader, load) = await StartHeldReadAsync(replica, key);
        replica.Time.Advance(TimeSpan.FromMilliseconds(1));

        var joiner = (await JoinAsync(replica, key, readers: 1))[0];
        // A failover to a server that never heard of a write that was acknowledged before the joiner came.
        Source.Set(key, 2);
        replica.Redis.After("fill", () => replica.Gate.Shut("of the test"));
        load.Release();

        AssertRead(await leader, CacheOutcome.Miss, 1);
        AssertRead(await joiner, CacheOutcome.Bypass, 2);
    }

    [Fact]
    public async Task Readers_without_Redis_share_a_load_unless_it_began_before_they_came()
    {
        var (replica, key) = (Replica(), NewRow());
        replica.Gate.Shut("of the test");
        var (first, load) = await StartHeldReadAsync(replica, key);

        var together = Enumerable.Range(0, 100).Select(_ => replica.GetAsync(key)).ToList();
        replica.Time.Advance(TimeSpan.FromMilliseconds(1));
        Source.Set(key, 2);
        var later = replica.GetAsync(key);
        load.Release();

        Assert.All(await Task.WhenAll([first, .. together]), result => AssertRead(result, CacheOutcome.Bypass, 1));
        AssertRead(await later, CacheOutcome.Bypass, 2);
        Assert.Equal(2, Source.Loads.Count);
        Assert.Empty(replica.Redis.Commands);
    }

    [Fact]
    public async Task Flight_is_cancelled_and_its_key_free_when_its_last_waiter_has_left_and_not_before()
    {
        var (replica, key) = (Replica(), NewRow());
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var load = Source.Hold();
        var waiters = new[] { first, second }.Select(waiter => replica.Cache.GetAsync(key, waiter.Token).AsTask()).ToList();
        await load.Begun;
        await EngineReplica.UntilAsync(() => replica.Cache.Waiting(key) == waiters.Count);

        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiters[0]);
        Assert.False(load.IsCancelled);
        Assert.False(waiters[1].IsCompleted);
        Assert.True(await Stored.KeyExistsAsync(Lease(key)));

        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiters[1]);
        await load.Cancelled;
        await EngineReplica.UntilAsync(async () => !await Stored.KeyExistsAsync(Lease(key)));
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
    }

    [Fact]
    public async Task Load_that_hangs_is_given_up_in_time_and_its_key_is_free_again()
    {
        var (replica, key) = (Replica(), NewRow());
        var load = Source.Hold(heedsCancellation: false);
        var reads = await JoinAsync(replica, key, readers: 20);
        await load.Begun;

        replica.Time.Advance(replica.Options.LoadTimeout - TimeSpan.FromMilliseconds(1));
        Assert.All(reads, read => Assert.False(read.IsCompleted));
        replica.Time.Advance(TimeSpan.FromMilliseconds(1));

        foreach (var read in reads)
        {
            await Assert.ThrowsAsync<SourceUnavailableException>(() => read);
        }

        Assert.False(await Stored.KeyExistsAsync(Lease(key)));
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
        load.Release();
    }
}
