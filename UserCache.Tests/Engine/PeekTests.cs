namespace UserCache.Tests.Engine;

/// <summary>What is cached, asked without reading the source.</summary>
public sealed class PeekTests(SharedRedis redis) : EngineTest(redis)
{
    [Fact]
    public async Task Peek_tells_what_is_cached_and_never_loads()
    {
        var (replica, row, none) = (Replica(), NewRow(version: 7), NewRow(version: 0));
        using var requests = replica.Collect<long>(CacheTelemetry.Requests);

        Assert.Null(await PeekAsync(replica, row));
        await replica.GetManyAsync(row, none);
        var counted = requests.GetMeasurementSnapshot().Count;

        AssertRead((await PeekAsync(replica, row))!.Value, CacheOutcome.Hit, 7);
        AssertRead((await PeekAsync(replica, none))!.Value, CacheOutcome.Negative, 0);
        await StoreStaleAsync(row, version: 6);
        AssertRead((await PeekAsync(replica, row))!.Value, CacheOutcome.Stale, 6);
        Assert.Single(Source.Loads);
        Assert.Equal(counted, requests.GetMeasurementSnapshot().Count);
    }

    [Fact]
    public async Task Peek_tells_nothing_while_Redis_is_not_relied_on()
    {
        var (replica, row) = (Replica(), NewRow());
        await replica.GetAsync(row);

        replica.Gate.Shut("of the test");

        Assert.Null(await PeekAsync(replica, row));
    }

    [Fact]
    public async Task Calls_that_were_ended_before_they_began_do_nothing()
    {
        var (replica, row) = (Replica(), NewRow());
        var ended = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => replica.Cache.GetAsync(row, ended).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => replica.Cache.GetManyAsync([row], ended));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => replica.Cache.PeekAsync(row, ended).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => replica.Cache.EvictAsync(row, ended));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => replica.Cache.WarmAsync([row], ended));

        Assert.Empty(Source.Loads);
        Assert.Empty(replica.Redis.Commands);
    }

    private static Task<CacheResult?> PeekAsync(EngineReplica replica, string row) =>
        replica.Cache.PeekAsync(row, CancellationToken.None).AsTask();
}
