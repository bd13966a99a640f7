namespace UserCache.Tests.Engine;

/// <summary>Reads that come at the same time share a trip to Redis.</summary>
public sealed class BatchedGetsTests(SharedRedis redis) : EngineTest(redis)
{
    private const int Readers = 64;

    [Fact]
    public async Task Hits_that_come_at_the_same_time_take_three_trips_at_most()
    {
        var (replica, keys) = await CachedAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        replica.Redis.Before("mget", () => release.Task);
        var reads = HoldTwo(replica, keys, release);

        release.SetResult();

        Assert.All(await Task.WhenAll(reads), result => Assert.Equal(CacheOutcome.Hit, result.Outcome));
        Assert.InRange(replica.Redis.Commands.Count, 2, 3);
    }

    [Fact]
    public async Task Trip_that_fails_fails_those_that_shared_it_and_no_others()
    {
        var (replica, keys) = await CachedAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // One that does not count as Redis being away: then nothing would be believed.
        replica.Redis.Fail("mget", failure: new RedisServerException(default, CommandFlags.None, "ERR of the test"));
        var reads = HoldTwo(replica, keys, release);

        release.SetResult();

        var outcomes = (await Task.WhenAll(reads)).Select(result => result.Outcome).ToList();
        Assert.Equal(CacheOutcome.Hit, outcomes[0]);
        Assert.Contains(CacheOutcome.Bypass, outcomes);
        Assert.All(outcomes, outcome => Assert.True(outcome is CacheOutcome.Hit or CacheOutcome.Bypass));
    }

    private static List<Task<CacheResult>> HoldTwo(EngineReplica replica, string[] keys, TaskCompletionSource release)
    {
        replica.Redis.Before("get", () => release.Task);
        replica.Redis.Before("get", () => release.Task);
        return [.. keys.Select(replica.GetAsync)];
    }

    // By another replica, so that this one's commands are those of the hits.
    private async Task<(EngineReplica Replica, string[] Keys)> CachedAsync()
    {
        var keys = Enumerable.Range(0, Readers).Select(_ => NewRow()).ToArray();
        Assert.All(await Replica().GetManyAsync(keys), result => Assert.True(result.Stored));
        return (Replica(), keys);
    }
}
