using Microsoft.Extensions.Options;

namespace UserCache.Tests.Engine;

/// <summary>Two caches of one process, on one Redis.</summary>
public sealed class TwoCachesTests(SharedRedis redis) : EngineTest(redis)
{
    private const string Other = "other";

    private readonly ScriptedSource _others = new();

    [Fact]
    public async Task Rows_with_the_same_key_have_nothing_to_do_with_each_other()
    {
        var (replica, key) = (TwoCaches(), NewRow(version: 1));
        _others.Set(key, version: 2);

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
        AssertRead(await ReadOtherAsync(replica, key), CacheOutcome.Miss, 2, stored: true);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Hit, 1);
        await replica.Named(Other).EvictAsync(key, CancellationToken.None);

        AssertRead(await replica.GetAsync(key), CacheOutcome.Hit, 1);
        AssertRead(await ReadOtherAsync(replica, key), CacheOutcome.Miss, 2, stored: true);
        await replica.Named(Other).Admin.FlushAsync("*", CancellationToken.None);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Hit, 1);
    }

    [Fact]
    public async Task Each_has_its_own_expiries_and_what_all_have_where_it_says_nothing()
    {
        var (replica, key) = (TwoCaches(("NegativeExpiry", "00:00:20"), ("other:SoftExpiry", "00:00:40")), NewRow());
        _others.Set(key, version: 1);
        await replica.GetAsync(key);
        await ReadOtherAsync(replica, key);
        await ReadOtherAsync(replica, $"{key}-none");

        Assert.InRange((await replica.GetAsync(key)).Ttl!.Value, TimeSpan.FromSeconds(269), TimeSpan.FromSeconds(330));
        Assert.InRange((await ReadOtherAsync(replica, key)).Ttl!.Value, TimeSpan.FromSeconds(35), TimeSpan.FromSeconds(44));
        Assert.InRange((await ReadOtherAsync(replica, $"{key}-none")).Ttl!.Value, TimeSpan.FromSeconds(17), TimeSpan.FromSeconds(22));
    }

    [Fact]
    public async Task Flood_that_fills_one_s_bounds_and_queue_leaves_the_other_s_alone()
    {
        var replica = TwoCaches(("MaxLoads", "4"), ("MaxQueuedLoads", "2"));
        var held = Enumerable.Range(0, 2).Select(_ => Source.Hold(heedsCancellation: false)).ToList();

        // Two are under way, two wait, and the rest is refused.
        var flood = Enumerable.Range(0, 6).Select(_ => replica.Cache.GetAsync(NewRow(), CancellationToken.None).AsTask()).ToList();
        await EngineReplica.UntilAsync(() => flood.Count(read => read.IsFaulted) == 2);
        Assert.All(flood.Where(read => read.IsFaulted), read => Assert.IsType<SourceUnavailableException>(read.Exception!.InnerException));
        Assert.Equal(2, Source.Loads.Count);

        var others = Enumerable.Range(0, 4).Select(number => $"{Guid.NewGuid()}-{number}").ToList();
        others.ForEach(key => _others.Set(key, version: 1));
        var reads = await Task.WhenAll(others.Select(key => ReadOtherAsync(replica, key)));
        Assert.All(reads, read => AssertRead(read, CacheOutcome.Miss, 1, stored: true));
        // Nor are they a reason not to refresh what is stale.
        await Stored.StringSetAsync($"other:{others[0]}", Planted.Entry($"other:{others[0]}", version: 1, "{}"));
        AssertRead(await ReadOtherAsync(replica, others[0]), CacheOutcome.Stale, 1);
        await EngineReplica.UntilAsync(async () => (await ReadOtherAsync(replica, others[0])).Outcome == CacheOutcome.Hit);

        held.ForEach(load => load.Release());
        await Task.WhenAll(flood.Where(read => !read.IsFaulted)).WaitAsync(EngineReplica.Limit);
    }

    [Theory]
    [InlineData(1, 1, 16, 16)]
    [InlineData(3, 1, 23, 8)]
    [InlineData(100, 1, 30, 1)]
    public void Reads_of_the_source_are_divided_by_shares_and_each_has_one_at_least(int share, int otherShare, int loads, int otherLoads)
    {
        var replica = TwoCaches(("test:LoadShare", $"{share}"), ("other:LoadShare", $"{otherShare}"));

        var caches = replica.Get<CacheRegistrations>();

        Assert.Equal((loads, otherLoads), (caches.MaxLoadsOf("test"), caches.MaxLoadsOf(Other)));
    }

    [Fact]
    public void Fewer_reads_than_caches_are_refused_with_one_sentence()
    {
        var failure = Assert.Throws<OptionsValidationException>(() => TwoCaches(("MaxLoads", "1")).Get<IOptions<CacheOptions>>().Value);

        Assert.Equal("Cache:MaxLoads must be one for each cache at least.", failure.Message);
    }

    [Theory]
    [InlineData("test", "OTHER::", "There is a cache test already.")]
    [InlineData("TEST", "OTHER::", "There is a cache test already.")]
    [InlineData("teams", "test:", "neither may begin with the other")]
    [InlineData("teams", "test:more:", "neither may begin with the other")]
    [InlineData("teams", "te", "neither may begin with the other")]
    [InlineData("teams", "", "can't begin with")]
    [InlineData("teams", "TE{AM}", "can't begin with")]
    [InlineData("teams", "TE*", "can't begin with")]
    [InlineData("my teams", "TEAM::", "can't be called")]
    [InlineData("", "TEAM::", "can't be called")]
    public void Cache_that_can_t_be_beside_the_first_is_refused_with_one_sentence(string name, string prefix, string reason)
    {
        var failure = Assert.Throws<ArgumentException>(() => Replica(services => services.AddCacheAside(name, prefix)));

        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cache_without_a_source_stops_the_start_with_one_sentence()
    {
        var replica = Replica(services => services.AddCacheAside("teams", "TEAM::"));

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(replica.StartAsync);
        Assert.Equal("Nobody has said where the rows of the cache teams are from.", failure.Message);
    }

    private static Task<CacheResult> ReadOtherAsync(EngineReplica replica, string key) =>
        replica.Named(Other).GetAsync(key, CancellationToken.None).AsTask().WaitAsync(EngineReplica.Limit);

    private EngineReplica TwoCaches(params (string Key, string Value)[] settings) => Replica(
        services => services.AddCacheAside(Other, "other:").From(_ => _others), settings);
}
