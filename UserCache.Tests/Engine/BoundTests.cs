namespace UserCache.Tests.Engine;

/// <summary>So many loads at a time, so many waiting.</summary>
public sealed class BoundTests(SharedRedis redis) : EngineTest(redis)
{
    [Fact]
    public async Task Loads_beyond_the_limit_wait_and_those_beyond_the_queue_are_refused_and_leave_their_keys_free()
    {
        var replica = Replica(("MaxLoads", "2"), ("MaxQueuedLoads", "3"));
        var loads = new[] { Source.Hold(), Source.Hold() };

        var reads = Enumerable.Range(0, 12).Select(_ => NewRow()).ToDictionary(key => key, replica.GetAsync);
        await EngineReplica.UntilAsync(() => reads.Values.Count(read => read.IsCompleted) == 7);
        Assert.Equal(2, Source.Loads.Count);
        foreach (var (key, read) in reads.Where(read => read.Value.IsCompleted).ToList())
        {
            await Assert.ThrowsAsync<SourceUnavailableException>(() => read);
            Assert.False(await Stored.KeyExistsAsync(Lease(key)));
            reads.Remove(key);
        }

        Array.ForEach(loads, load => load.Release());
        Assert.All(await Task.WhenAll(reads.Values), read => AssertRead(read, CacheOutcome.Miss, 1, stored: true));
    }

    [Fact]
    public async Task Load_that_hangs_on_after_it_was_given_up_still_counts()
    {
        var replica = Replica(("MaxLoads", "1"), ("MaxQueuedLoads", "0"));
        var load = Source.Hold(heedsCancellation: false);
        var read = replica.GetAsync(NewRow());
        await load.Begun;
        replica.Time.Advance(replica.Options.LoadTimeout);
        await Assert.ThrowsAsync<SourceUnavailableException>(() => read);

        await Assert.ThrowsAsync<SourceUnavailableException>(() => replica.GetAsync(NewRow()));
        load.Release();

        await EngineReplica.UntilAsync(async () => await Record.ExceptionAsync(() => replica.GetAsync(NewRow())) is null);
    }
}
