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
    public async Task Read_whose_turn_does_not_come_blames_the_queue_and_one_that_is_not_answered_the_database()
    {
        var replica = Replica(("MaxLoads", "1"));
        var load = Source.Hold(heedsCancellation: false);
        var asked = replica.GetAsync(NewRow());
        await load.Begun;
        var waiting = replica.GetAsync(NewRow());
        await EngineReplica.UntilAsync(() => replica.Redis.Commands.Count(command => command == "acquire") == 2);

        // The second may not wait yet, though it is about to: then its own time begins later.
        await EngineReplica.UntilAsync(() =>
        {
            replica.Time.Advance(replica.Options.LoadTimeout);
            return waiting.IsCompleted;
        });

        Assert.StartsWith("The database has not answered within 10 s.", await RefusalAsync(asked), StringComparison.Ordinal);
        Assert.StartsWith("Other reads of the database left no room", await RefusalAsync(waiting), StringComparison.Ordinal);
        load.Release();

        static async Task<string> RefusalAsync(Task read) => (await Assert.ThrowsAsync<SourceUnavailableException>(() => read)).Message;
    }

    [Fact]
    public async Task Load_that_fails_before_it_begins_takes_nobody_s_turn()
    {
        var (replica, key) = (Replica(("MaxLoads", "1"), ("MaxQueuedLoads", "0")), NewRow());
        (Source.Failure, Source.FailsAtOnce) = (new FormatException(), true);
        await Assert.ThrowsAsync<FormatException>(() => replica.GetAsync(key));
        Source.FailsAtOnce = false;
        Source.Failure = null;

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
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
