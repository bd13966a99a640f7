namespace UserCache.Tests.Engine;

/// <summary>What a hit leaves to the collector.</summary>
[Collection(AloneGroup.Name)]
public sealed class HitAllocationTests(SharedRedis redis) : EngineTest(redis), IClassFixture<SharedRedis>
{
    private const int Rounds = 20;
    private const int Reads = 500;

    // The value's bytes, the client's command and answer, and what the test's own tap makes; in a debug build also an object for each async
    // method.
    private const int BytesAHit = 4_000;

    [Fact]
    public async Task Hit_allocates_little_beside_the_bytes_of_its_value()
    {
        var (replica, key) = (Replica(), NewRow());
        await replica.GetAsync(key);
        // Who else listens to spans, in this process, would have them made here too.
        using var unrecorded = CacheTelemetry.StartUnrecorded();

        // What the process does meanwhile may cost some rounds something; nothing costs all of them.
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var read = 0; read < Reads; read++)
            {
                Assert.Equal(CacheOutcome.Hit, (await replica.Cache.GetAsync(key, CancellationToken.None)).Outcome);
            }

            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.InRange(least / Reads, 0, BytesAHit);
    }
}
