namespace UserCache.Tests.Engine;

/// <summary>While a release with another format is rolled out, replicas of both share Redis.</summary>
public sealed class OtherFormatTests(SharedRedis redis) : EngineTest(redis)
{
    [Fact]
    public async Task Value_of_another_format_is_a_miss_and_stays_for_those_who_can_read_it_until_it_is_replaced()
    {
        const string Newer = "v2 1 of:a:newer:release\n{}";
        var (replica, key) = (Replica(), NewRow());
        await Stored.StringSetAsync(key, Newer);

        var (read, load) = await StartHeldReadAsync(replica, key);
        Assert.Equal(Newer, await Stored.StringGetAsync(key));
        load.Release();

        AssertRead(await read, CacheOutcome.Miss, 1, stored: true);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Hit, 1);
        Assert.Equal(0, replica.Logged(101));
    }

    [Fact]
    public async Task Value_of_another_format_is_loaded_once_for_all_who_miss_it()
    {
        var (winner, loser, key) = (Replica(), Replica(), NewRow());
        await Stored.StringSetAsync(key, "v2 1 of:a:newer:release\n{}");
        var (read, load) = await StartHeldReadAsync(winner, key);

        var waiting = loser.GetAsync(key);
        await EngineReplica.UntilAsync(() => loser.Redis.Commands.Contains("acquire"));
        load.Release();

        AssertRead(await read, CacheOutcome.Miss, 1, stored: true);
        AssertRead(await loser.RunClockAsync(waiting, TimeSpan.FromMilliseconds(50)), CacheOutcome.Collapsed, 1);
        Assert.Single(Source.Loads);
    }

    [Theory]
    [InlineData("v2 7 of:a:newer:release\n{}", 7, true)]
    [InlineData("v2 7 of:a:newer:release\n{}", 8, false)]
    [InlineData("v10 7 \n", 8, false)]
    // What has no version that can be read might be older.
    [InlineData("v2 seven\n{}", 1, false)]
    [InlineData("v1 007 1000\n{}", 8, false)]
    // Past 2^53, where Lua's numbers are no longer exact.
    [InlineData("v1 9007199254740993 1000\n{}", 9_007_199_254_740_993, true)]
    [InlineData("v1 9007199254740992 1000\n{}", 9_007_199_254_740_993, false)]
    [InlineData("v1 99999999999999999999 1000\n{}", 1, false)]
    public async Task Change_removes_an_older_value_of_whatever_format_and_no_other(string stored, long version, bool stays)
    {
        var (replica, key) = (Replica(), NewRow());
        await Stored.StringSetAsync(key, stored);

        await replica.Invalidation.InvalidateOlderAsync(key, version);

        Assert.Equal(stays, await IsStoredAsync(key));
    }

    [Theory]
    [InlineData(9_007_199_254_740_992, false)]
    [InlineData(9_007_199_254_740_993, true)]
    public async Task Floor_past_what_Lua_can_count_is_as_exact_as_any(long version, bool accepted)
    {
        var (replica, key) = (Replica(), NewRow(version));
        var (read, load) = await StartHeldReadAsync(replica, key);

        await replica.Invalidation.InvalidateOlderAsync(key, version: 9_007_199_254_740_993);
        load.Release();

        AssertRead(await read, CacheOutcome.Miss, version, accepted);
    }

    [Fact]
    public async Task Write_removes_a_value_of_another_format()
    {
        var (replica, key) = (Replica(), NewRow());
        await Stored.StringSetAsync(key, "v2 1 of:a:newer:release\n{}");

        await WriteAsync(replica, key, version: 2);

        Assert.False(await IsStoredAsync(key));
    }
}
