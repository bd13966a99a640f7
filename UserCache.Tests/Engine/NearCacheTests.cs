namespace UserCache.Tests.Engine;

/// <summary>Copies near the readers: when they are served, and what they cost.</summary>
public sealed class NearCacheTests(SharedRedis redis) : NearTest(redis)
{
    private const int Reads = 1_000;

    // In a debug build each async method begins with an object.
#if DEBUG
    private const int BytesARead = 1_200;
#else
    private const int BytesARead = 0;
#endif

    [Theory]
    [InlineData(1, CacheOutcome.Hit)]
    [InlineData(0, CacheOutcome.Negative)]
    public async Task Second_read_of_what_Redis_has_is_near_and_asks_nobody(long version, CacheOutcome outcome)
    {
        var (replica, key) = (await NearReplicaAsync(), NewRow(version));
        using var hits = replica.Collect<long>(CacheTelemetry.NearHits);
        await replica.GetAsync(key);
        var first = await replica.GetAsync(key);
        var asked = replica.Redis.Commands.Count;

        var second = await replica.GetAsync(key);

        Assert.Equal((false, true), (first.IsNear, second.IsNear));
        Assert.Equal((outcome, true), (second.Outcome, second.Payload.IsSame(first.Payload)));
        Assert.Equal((asked, 1), (replica.Redis.Commands.Count, hits.GetMeasurementSnapshot().Sum(measured => measured.Value)));
    }

    [Fact]
    public async Task Batch_asks_Redis_for_those_keys_only_that_are_not_near()
    {
        var (replica, near, far) = (await NearReplicaAsync(), NewRow(version: 3), NewRow(version: 4));
        await WarmAsync(replica, near);
        await OtherReplica().GetAsync(far);

        var (first, second) = (await replica.GetManyAsync(near, far), await replica.GetManyAsync(far, near));

        Assert.Equal([(3L, true), (4L, false)], first.Select(result => (result.Payload.Version, result.IsNear)));
        Assert.Equal([(4L, true), (3L, true)], second.Select(result => (result.Payload.Version, result.IsNear)));
        Assert.Equal(1, replica.Redis.Commands.Count(command => command == "mget"));
    }

    [Fact]
    public async Task Copy_is_served_for_its_life_and_no_longer()
    {
        var (replica, key) = (await NearReplicaAsync(), NewRow());
        await WarmAsync(replica, key);

        replica.Time.Advance(Life - TimeSpan.FromMilliseconds(1));
        Assert.True(await IsNearAsync(replica, key));
        replica.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(await IsNearAsync(replica, key));
    }

    [Fact]
    public async Task Life_counts_from_before_Redis_was_asked()
    {
        var (replica, key) = (await NearReplicaAsync(), NewRow());
        await replica.GetAsync(key);
        replica.Redis.After("get", () => replica.Time.Advance(Life));

        Assert.True((await replica.GetAsync(key)).IsHit);

        Assert.False(await IsNearAsync(replica, key));
    }

    [Fact]
    public async Task Copy_is_not_served_past_its_soft_expiry_and_what_is_past_it_is_not_kept()
    {
        var (replica, key) = (await NearReplicaAsync(null, ("SoftExpiry", "00:00:10")), NewRow());
        await WarmAsync(replica, key);

        replica.Time.Advance(TimeSpan.FromSeconds(12));
        Source.Failure = new InvalidOperationException("of the test");

        for (var read = 0; read < 3; read++)
        {
            var stale = await replica.GetAsync(key);
            Assert.Equal((CacheOutcome.Stale, false), (stale.Outcome, stale.IsNear));
        }
    }

    [Fact]
    public async Task Gate_that_is_shut_ends_all_copies_also_when_it_is_open_again()
    {
        var (replica, key) = (await NearReplicaAsync(), NewRow());
        await WarmAsync(replica, key);

        replica.Gate.Shut("of the test");
        AssertRead(await replica.GetAsync(key), CacheOutcome.Bypass, 1);
        replica.OpenGate();

        Assert.False(await IsNearAsync(replica, key));
        Assert.True(await IsNearAsync(replica, key));
    }

    [Fact]
    public async Task Copies_take_no_more_bytes_than_they_may()
    {
        const int Bytes = 1 << 16;
        var (replica, keys) = (
            await NearReplicaAsync(null, ("NearCacheBytes", $"{Bytes}")),
            Enumerable.Range(0, 1_000).Select(_ => NewRow()).ToArray());
        await replica.GetManyAsync(keys);
        await replica.GetManyAsync(keys);

        var near = (await replica.GetManyAsync(keys)).Where(result => result.IsNear).ToList();

        // An entry takes more than its bytes; half a kilobyte counts for what is around it.
        Assert.InRange(near.Count, 1, Bytes / 512);
    }

    [Fact]
    public async Task Near_hit_allocates_nothing()
    {
        var (replica, key) = (await NearReplicaAsync(), NewRow());
        await WarmAsync(replica, key);

        // Who else listens to spans, in this process, would have them made here too.
        using var unrecorded = CacheTelemetry.StartUnrecorded();
        // The store looking for what has expired may cost some rounds something; nothing costs all of them.
        var least = long.MaxValue;
        for (var round = 0; round < 100; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var read = 0; read < Reads; read++)
            {
                await replica.Cache.GetAsync(key, CancellationToken.None);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.True(await IsNearAsync(replica, key));
        Assert.InRange(least / Reads, 0, BytesARead);
    }

    [Fact]
    public async Task Audit_takes_its_share_of_near_hits_and_gives_a_copy_the_time_that_it_may_live()
    {
        var (replica, key) = (await NearReplicaAsync(null, ("AuditRate", "1")), NewRow());
        using var audited = replica.Collect<long>(CacheTelemetry.AuditChecked);
        using var stale = replica.Collect<long>(CacheTelemetry.AuditStale);
        await WarmAsync(replica, key);
        await UntilAuditedAsync(2);

        // Nobody tells the replica: its copy stays as it is for as long as it lives.
        Source.Set(key, 2);
        await Stored.KeyDeleteAsync(key);
        Assert.True(await IsNearAsync(replica, key));
        await UntilAuditedAsync(3);

        Assert.Equal(0, stale.GetMeasurementSnapshot().Sum(measured => measured.Value));
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 2, stored: true);

        Task UntilAuditedAsync(int count) => EngineReplica.UntilAsync(() =>
        {
            if (count > 2)
            {
                replica.Time.Advance(TimeSpan.FromMilliseconds(100));
            }

            return audited.GetMeasurementSnapshot().Sum(measured => measured.Value) == count;
        });
    }

    [Fact]
    public async Task Without_the_setting_nothing_is_kept_and_nothing_published()
    {
        var (replica, key) = (Replica(await ConnectAsync(Redis.Server.ConnectionString)), NewRow());
        await replica.StartAsync();
        var heard = await Redis.Connection.GetSubscriber().SubscribeAsync(RedisChannel.Literal("UserCache:forget"));

        for (var read = 0; read < 3; read++)
        {
            Assert.False(await IsNearAsync(replica, key));
        }

        foreach (var step in new[] { "begin-write", "end-write", "invalidate-older", "evict", "flush" })
        {
            await StepAsync(replica, step, key);
        }

        await Stored.PublishAsync(RedisChannel.Literal("UserCache:forget"), "the test's");
        Assert.Equal("the test's", (await heard.ReadAsync()).Message);
        await heard.UnsubscribeAsync();
    }
}
