using System.Text;

namespace UserCache.Tests.Engine;

/// <summary>Values that another hand has planted or changed: none is served, and all are replaced.</summary>
public sealed class DamagedValueTests(SharedRedis redis) : EngineTest(redis)
{
    private const int TooLarge = 1 << 17;
    private const int Unreadable = 101;

    [Theory]
    [InlineData("")]
    [InlineData("ada")]
    [InlineData("{\"id\":1}")]
    [InlineData("\n")]
    [InlineData("v1")]
    [InlineData("v1 1 99999999999999\n{}")]
    [InlineData("v1 1 1000 \n{}")]
    [InlineData("v1 1 1000 0000000\n{}")]
    [InlineData("v1 1 1000 00000000\n{}")]
    [InlineData("v1 99999999999999999999 1 00000000\n{}")]
    [InlineData("v2\n{}")]
    [InlineData("v2 one 1000\n{}")]
    [InlineData("version 2 1000\n{}")]
    public Task Value_that_this_cache_did_not_write_is_logged_and_counts_as_a_miss_and_is_replaced(string planted) =>
        AssertReplacedAsync(_ => Encoding.UTF8.GetBytes(planted));

    [Theory]
    [InlineData("v1 1 ", "{}")]
    [InlineData("v1 1 1000", "{}")]
    [InlineData("v1 one 1000 ", "{}")]
    [InlineData("v1 -1 1000 ", "{}")]
    [InlineData("v1 +1 +1000 ", "{}")]
    [InlineData("v1 1 1000  ", "{}")]
    [InlineData("v1 1 9223372036854775807 ", "{}")]
    [InlineData("v1 1 99999999999999 ", "{\"fresh\": \"for longer than it lives\"}")]
    [InlineData("v1 99999999999999999999 1000 ", "{}")]
    [InlineData("v1 1 1000 ", "")]
    [InlineData("v1 0 1000 ", "{}")]
    public Task Header_that_this_cache_does_not_write_is_none_also_with_the_right_checksum(string header, string body) =>
        AssertReplacedAsync(key => Planted.Sealed(key, header, body));

    [Theory]
    [InlineData("another's")]
    [InlineData("cut short")]
    [InlineData("longer")]
    [InlineData("one byte of the row")]
    [InlineData("another version")]
    [InlineData("another expiry")]
    [InlineData("longer checksum")]
    public Task Entry_that_was_copied_to_another_key_cut_or_written_over_is_not_served(string damage) => AssertReplacedAsync(key =>
    {
        var entry = Encoding.UTF8.GetString(Planted.Entry(key, version: 7, "{\"version\":7}", freshFor: TimeSpan.FromMinutes(1)));
        return damage switch
        {
            "another's" => Planted.Entry(key + "0", version: 7, "{\"version\":7}", freshFor: TimeSpan.FromMinutes(1)),
            "cut short" => Encoding.UTF8.GetBytes(entry[..^1]),
            "longer" => Encoding.UTF8.GetBytes(entry + " "),
            "one byte of the row" => Encoding.UTF8.GetBytes(entry[..^2] + "8}"),
            "another version" => Encoding.UTF8.GetBytes(entry.Replace("v1 7 ", "v1 8 ", StringComparison.Ordinal)),
            "another expiry" => Encoding.UTF8.GetBytes(entry.Replace("v1 7 1", "v1 7 0", StringComparison.Ordinal)),
            _ => Encoding.UTF8.GetBytes(entry.Replace("\n", "0\n", StringComparison.Ordinal)),
        };
    });

    [Theory]
    [MemberData(nameof(Garbage.Types), MemberType = typeof(Garbage))]
    public async Task Value_of_another_type_is_a_miss_and_is_replaced(string type)
    {
        var (replica, one, many) = (Replica(), NewRow(), NewRow());
        await Garbage.PlantAsync(Stored, one, type);
        await Garbage.PlantAsync(Stored, many, type);

        AssertRead(await replica.GetAsync(one), CacheOutcome.Miss, 1, stored: true);
        AssertRead((await replica.GetManyAsync(many))[0], CacheOutcome.Miss, 1, stored: true);
        Assert.All(await replica.GetManyAsync(one, many), result => AssertRead(result, CacheOutcome.Hit, 1));
    }

    [Fact]
    public async Task Garbage_that_was_replaced_meanwhile_is_not_deleted_with_what_took_its_place()
    {
        var (late, other, key) = (Replica(), Replica(), NewRow());
        await Stored.StringSetAsync(key, "v1 1 1000 garbage\n{}");
        late.Redis.After("get", () => other.GetAsync(key));

        AssertRead(await late.GetAsync(key), CacheOutcome.Collapsed, 1);

        Assert.Single(Source.Loads);
        AssertRead(await late.GetAsync(key), CacheOutcome.Hit, 1);
    }

    [Fact]
    public async Task Garbage_in_a_batch_costs_the_others_nothing()
    {
        var (replica, good, bad) = (Replica(), NewRow(version: 2), NewRow(version: 3));
        await replica.GetManyAsync(good, bad);
        await Stored.StringSetAsync(bad, await Stored.StringGetAsync(good));

        var results = await replica.GetManyAsync(good, bad);

        AssertRead(results[0], CacheOutcome.Hit, 2);
        AssertRead(results[1], CacheOutcome.Miss, 3, stored: true);
    }

    [Fact]
    public async Task Warm_up_replaces_what_it_finds_damaged()
    {
        var (replica, key) = (Replica(), NewRow());
        await Stored.StringSetAsync(key, "v1 1 1000 garbage\n{}");

        Assert.Equal((1, 0), await replica.Cache.WarmAsync([key], CancellationToken.None));

        AssertRead(await replica.GetAsync(key), CacheOutcome.Hit, 1);
    }

    [Fact]
    public async Task Value_that_is_too_large_is_not_served_also_when_all_else_is_right()
    {
        var (replica, key) = (Replica(), NewRow());
        await Stored.StringSetAsync(key, Planted.Entry(key, version: 1, new string('x', TooLarge), freshFor: TimeSpan.FromMinutes(1)));

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Hit, 1);
    }

    [Fact]
    public async Task Value_that_is_too_large_to_come_in_time_is_removed_and_no_other_is()
    {
        var (replica, small, large) = (Replica(), NewRow(), NewRow());
        await replica.GetAsync(small);
        await Stored.StringSetAsync(large, new string('x', TooLarge));
        replica.Redis.Fail("get", times: 2);

        AssertRead(await replica.GetAsync(small), CacheOutcome.Bypass, 1);
        AssertRead(await replica.GetAsync(large), CacheOutcome.Bypass, 1);

        await EngineReplica.UntilAsync(async () => !await IsStoredAsync(large));
        Assert.True(await IsStoredAsync(small));
    }

    [Fact]
    public async Task Row_that_is_too_large_is_answered_and_not_stored_and_its_lease_is_given_back()
    {
        var (replica, key) = (Replica(), NewRow());
        Source.Set(key, SourceRow.Of(1, new byte[TooLarge]));

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1);

        Assert.Equal(0, await Stored.KeyExistsAsync([key, Lease(key)]));
    }

    private async Task AssertReplacedAsync(Func<string, byte[]> plant)
    {
        var (replica, key) = (Replica(), NewRow());
        await Stored.StringSetAsync(key, plant(key));

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Hit, 1);
        Assert.Equal(1, replica.Logged(Unreadable));
    }
}
