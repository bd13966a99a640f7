namespace UserCache.Tests.Engine;

/// <summary>Whose turn it is to do what any replica can do for all.</summary>
public sealed class TurnTests(SharedRedis redis) : EngineTest(redis)
{
    private const int Replicas = 5;

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    // Of a cache of this test's own.
    private readonly string _prefix = $"{Guid.NewGuid():N}:";

    private RedisKey Turn => $"{{{_prefix}UserCache:0}}:turn";

    [Fact]
    public async Task One_replica_has_the_turn_however_many_ask_and_the_next_comes_when_its_time_is_over()
    {
        var replicas = Enumerable.Range(0, Replicas).Select(_ => NewReplica()).ToList();

        var turns = await Task.WhenAll(replicas.Select(replica => replica.Invalidation.TryTakeTurnAsync(Long)));
        Assert.Single(turns, isOurs => isOurs);

        // As if that had gone by.
        await Stored.KeyExpireAsync(Turn, Short);
        await Eventually.GetAsync(() => replicas[0].Invalidation.TryTakeTurnAsync(Long), isOurs => isOurs);
        Assert.False(await replicas[1].Invalidation.TryTakeTurnAsync(Long));
    }

    [Theory]
    [InlineData("for ever")]
    [InlineData("for an hour")]
    [InlineData("a list")]
    public async Task What_someone_has_put_in_the_place_of_a_turn_keeps_nobody_from_the_next(string what)
    {
        await (what switch
        {
            "for ever" => Stored.StringSetAsync(Turn, "someone else's"),
            "for an hour" => Stored.StringSetAsync(Turn, "someone else's", TimeSpan.FromHours(1)),
            _ => (Task)Stored.ListLeftPushAsync(Turn, "someone else's"),
        });

        Assert.True(await NewReplica().Invalidation.TryTakeTurnAsync(Long));
        Assert.InRange((await Stored.KeyTimeToLiveAsync(Turn))!.Value, TimeSpan.Zero, Long);
    }

    private EngineReplica NewReplica() => Replica(("KeyPrefix", _prefix));
}
