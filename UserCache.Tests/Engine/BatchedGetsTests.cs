namespace UserCache.Tests.Engine;

/// <summary>Reads that come at the same time share a trip to Redis.</summary>
public sealed class BatchedGetsTests(SharedRedis redis) : EngineTest(redis)
{
    private const int Readers = 64;

    [Fact]
    public async Task Hits_that_come_during_two_trips_share_the_third()
    {
        var (replica, keys) = await CachedAsync();

        var reads = await StartThreeTripsAsync(replica, keys);

        Assert.All(await Task.WhenAll(reads), result => Assert.Equal(CacheOutcome.Hit, result.Outcome));
        Assert.Equal(["get", "get", "mget"], replica.Redis.Commands);
    }

    [Fact]
    public async Task Key_that_many_on_a_trip_ask_for_comes_once_and_each_reader_gets_that_of_its_own_key()
    {
        var keys = Enumerable.Range(0, Readers / 2).Select(place => NewRow(version: place + 1)).ToArray();
        await Replica().GetManyAsync(keys);

        var results = await Task.WhenAll(await StartThreeTripsAsync(Replica(), [.. keys, .. keys]));

        Assert.Equal(
            Enumerable.Range(0, Readers).Select(place => (place % keys.Length) + 1L), results.Select(result => result.Payload.Version));
        // The first two went on trips of their own; the others' bytes are the same, and not only equal.
        Assert.All(
            Enumerable.Range(2, keys.Length - 2),
            place => Assert.True(results[place].Payload.Body.Equals(results[place + keys.Length].Payload.Body)));
    }

    [Fact]
    public async Task Trip_that_fails_fails_those_that_shared_it_and_no_others()
    {
        var (replica, keys) = await CachedAsync();
        // One that does not count as Redis being away: then nothing would be believed.
        replica.Redis.Fail("mget", failure: new RedisServerException(default, CommandFlags.None, "ERR of the test"));

        var reads = await StartThreeTripsAsync(replica, keys);

        var outcomes = (await Task.WhenAll(reads)).Select(result => result.Outcome).ToList();
        Assert.Equal([CacheOutcome.Hit, CacheOutcome.Hit, .. Enumerable.Repeat(CacheOutcome.Bypass, Readers - 2)], outcomes);
    }

    [Fact]
    public async Task Trip_that_is_not_answered_in_time_fails_those_too_who_wait_for_the_next()
    {
        var (replica, keys) = await CachedAsync();
        var hang = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reads = new List<Task<CacheResult>>();
        for (var trip = 1; trip <= 2; trip++)
        {
            replica.Redis.Before("get", async () =>
            {
                await hang.Task;
                throw RedisTap.Timeout;
            });
            reads.Add(replica.GetAsync(keys[reads.Count]));
            await EngineReplica.UntilAsync(() => replica.Redis.Commands.Count == reads.Count);
        }

        reads.AddRange(keys[2..].Select(replica.GetAsync));
        hang.SetResult();

        Assert.All(await Task.WhenAll(reads), result => Assert.Equal(CacheOutcome.Bypass, result.Outcome));
        Assert.Equal(["get", "get"], replica.Redis.Commands);
    }

    // The first two readers' trips are held up. There may be no more at a time, so the other readers gather. They go together when the
    // first trip has ended; the second goes on until then, or it might take some of them along.
    private static async Task<List<Task<CacheResult>>> StartThreeTripsAsync(EngineReplica replica, string[] keys)
    {
        var (first, second) = (NewHold(), NewHold());
        var reads = new List<Task<CacheResult>>();
        foreach (var hold in new[] { first, second })
        {
            replica.Redis.Before("get", () => hold.Task);
            reads.Add(replica.GetAsync(keys[reads.Count]));
            await UntilSentAsync(reads.Count);
        }

        reads.AddRange(keys[2..].Select(replica.GetAsync));
        first.SetResult();
        await UntilSentAsync(3);
        second.SetResult();
        return reads;

        static TaskCompletionSource NewHold() => new(TaskCreationOptions.RunContinuationsAsynchronously);

        Task UntilSentAsync(int count) => EngineReplica.UntilAsync(() => replica.Redis.Commands.Count == count);
    }

    // By another replica, so that this one's commands are those of the hits.
    private async Task<(EngineReplica Replica, string[] Keys)> CachedAsync()
    {
        var keys = Enumerable.Range(0, Readers).Select(_ => NewRow()).ToArray();
        Assert.All(await Replica().GetManyAsync(keys), result => Assert.True(result.Stored));
        return (Replica(), keys);
    }
}
