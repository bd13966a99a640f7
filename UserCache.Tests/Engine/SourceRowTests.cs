using System.Text;

namespace UserCache.Tests.Engine;

/// <summary>What a source says of a row beside its bytes.</summary>
public sealed class SourceRowTests(SharedRedis redis) : EngineTest(redis)
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(7);

    private static SourceRow Row => SourceRow.Of(1, Encoding.UTF8.GetBytes("{}"));

    [Fact]
    public async Task Row_that_is_not_to_be_kept_is_given_to_who_asked_and_not_stored()
    {
        var (replica, key) = (Replica(), NewRow());
        Source.Set(key, Row with { IsUncacheable = true });

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1);

        Assert.Equal(0, await Stored.KeyExistsAsync([key, Lease(key), Writers(key)]));
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1);
    }

    [Fact]
    public async Task Row_that_is_not_to_be_kept_any_more_is_removed_when_it_is_refreshed()
    {
        var (replica, key) = (Replica(), NewRow());
        await StoreStaleAsync(key, version: 1);
        Source.Set(key, Row with { IsUncacheable = true });

        AssertRead(await replica.GetAsync(key), CacheOutcome.Stale, 1);

        await EngineReplica.UntilAsync(async () => !await IsStoredAsync(key));
    }

    [Fact]
    public async Task Row_with_a_shorter_life_is_fresh_and_kept_for_that_long()
    {
        var (replica, key) = (Replica(), NewRow());
        Source.Set(key, Row with { Life = Life });
        await replica.GetAsync(key);

        var hit = await replica.GetAsync(key);

        Assert.InRange(hit.Ttl!.Value, TimeSpan.FromSeconds(6), Life);
        Assert.InRange((await Stored.KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromSeconds(4), Life);
        Assert.Null((await replica.Cache.Admin.InspectAsync(key, CancellationToken.None)).Age);
    }

    [Fact]
    public async Task Absence_with_a_shorter_life_is_remembered_for_that_long()
    {
        var (replica, key) = (Replica(), NewRow(version: 0));
        Source.Set(key, SourceRow.Gone with { Life = Life });
        await replica.GetAsync(key);

        AssertRead(await replica.GetAsync(key), CacheOutcome.Negative, 0);
        Assert.InRange((await Stored.KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromSeconds(4), Life);
    }

    [Fact]
    public async Task Life_that_is_longer_than_the_cache_s_own_changes_nothing()
    {
        var (replica, key) = (Replica(), NewRow());
        Source.Set(key, Row with { Life = TimeSpan.FromDays(30) });
        await replica.GetAsync(key);

        Assert.InRange((await Stored.KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromMinutes(59), TimeSpan.FromHours(1));
        Assert.NotNull((await replica.Cache.Admin.InspectAsync(key, CancellationToken.None)).Age);
    }

    [Fact]
    public void Row_without_bytes_or_version_is_none()
    {
        Assert.Throws<ArgumentException>(() => SourceRow.Of(1, ReadOnlyMemory<byte>.Empty));
        Assert.Throws<ArgumentOutOfRangeException>(() => SourceRow.Of(0, new byte[1]));
    }
}
