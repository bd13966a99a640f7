namespace UserCache.Tests.Engine;

/// <summary>Which replica does what any one can do for all.</summary>
public sealed class ClaimTests(SharedRedis redis) : EngineTest(redis)
{
    private const int Replicas = 5;

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    // Of a cache of this test's own.
    private readonly string _prefix = $"{Guid.NewGuid():N}:";

    private RedisKey Claim => $"{{{_prefix}UserCache:0}}:claim:test";

    [Fact]
    public async Task One_replica_has_it_however_many_ask_and_the_next_when_its_time_is_over()
    {
        var replicas = Enumerable.Range(0, Replicas).Select(_ => NewReplica()).ToList();

        var claims = await Task.WhenAll(replicas.Select(replica => replica.Invalidation.TryClaimAsync(Long)));
        Assert.Single(claims, isOurs => isOurs);

        // As if that had gone by.
        await Stored.KeyExpireAsync(Claim, Short);
        await Eventually.GetAsync(() => replicas[0].Invalidation.TryClaimAsync(Long), isOurs => isOurs);
        Assert.False(await replicas[1].Invalidation.TryClaimAsync(Long));
    }

    [Theory]
    [InlineData("for ever")]
    [InlineData("for an hour")]
    [InlineData("a list")]
    public async Task What_someone_else_has_put_there_keeps_nobody_from_it(string what)
    {
        await (what switch
        {
            "for ever" => Stored.StringSetAsync(Claim, "someone else's"),
            "for an hour" => Stored.StringSetAsync(Claim, "someone else's", TimeSpan.FromHours(1)),
            _ => (Task)Stored.ListLeftPushAsync(Claim, "someone else's"),
        });

        Assert.True(await NewReplica().Invalidation.TryClaimAsync(Long));
        Assert.InRange((await Stored.KeyTimeToLiveAsync(Claim))!.Value, TimeSpan.Zero, Long);
    }

    private EngineReplica NewReplica() => Replica(("KeyPrefix", _prefix));
}
