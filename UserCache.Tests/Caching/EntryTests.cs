using System.Text.RegularExpressions;
using StackExchange.Redis;
using UserCache.Tests.Infrastructure;

namespace UserCache.Tests.Caching;

[Collection(AppGroup.Name)]
public sealed partial class EntryTests(App app)
{
    [Fact]
    public async Task First_read_is_a_miss_that_stores_and_the_second_a_hit()
    {
        var id = await app.Users.CreateAsync();

        Assert.Equal("UserCache; fwd=uri-miss; stored", (await app.Users.GetAsync(id)).CacheStatus);
        Assert.Matches("^UserCache; hit; ttl=[0-9]+$", (await app.Users.GetAsync(id)).CacheStatus);
    }

    [Fact]
    public async Task Entry_is_one_header_line_and_the_json_that_goes_to_the_client()
    {
        var id = await app.Users.CreateAsync();
        var before = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        var answer = await app.Users.GetAsync(id);

        string stored = (await app.Cache.StringGetAsync($"USER::{id}"))!;

        var entry = EntryFormat().Match(stored);
        Assert.True(entry.Success, stored);
        Assert.Equal("1", entry.Groups["version"].Value);
        Assert.Equal(answer.Body, $"{{\"data\":{entry.Groups["json"].Value}}}");
        // 5 minutes, 10 % to either side.
        var soft = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(entry.Groups["soft"].Value, System.Globalization.CultureInfo.InvariantCulture));
        Assert.InRange(soft, before.AddSeconds(270), TimeProvider.System.GetUtcNow().AddSeconds(330));
    }

    [Fact]
    public async Task Entry_expires_in_Redis_after_the_hard_expiry()
    {
        var id = await app.Users.CreateAsync();
        await app.Users.GetAsync(id);

        var expiry = await app.Cache.KeyTimeToLiveAsync($"USER::{id}");

        Assert.InRange(expiry!.Value, TimeSpan.FromMinutes(59), TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Soft_expiries_of_entries_filled_together_are_spread()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => app.Users.CreateAsync()));
        await app.Users.GetManyAsync(ids);

        var stored = await app.Cache.StringGetAsync([.. ids.Select(id => (RedisKey)$"USER::{id}")]);

        var expiries = stored.Select(value => long.Parse(EntryFormat().Match(value.ToString()).Groups["soft"].Value, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        // All twenty within two seconds of the sixty would be a one in 10^27 accident.
        Assert.True(expiries.Max() - expiries.Min() > 2_000, string.Join(' ', expiries));
    }

    [Fact]
    public async Task Unknown_user_is_remembered_for_a_short_while()
    {
        const long Id = 900_000_001;
        await app.Cache.KeyDeleteAsync($"USER::{Id}");

        var miss = await app.Users.GetAsync(Id);
        var hit = await app.Users.GetAsync(Id);

        Assert.Equal((404, "UserCache; fwd=uri-miss; stored"), (miss.Status, miss.CacheStatus));
        Assert.Equal(404, hit.Status);
        Assert.Matches("^UserCache; hit; ttl=[0-9]+; detail=negative$", hit.CacheStatus);
        Assert.Matches("^v1 0 [0-9]+\n$", (await app.Cache.StringGetAsync($"USER::{Id}")).ToString());
        // 30 seconds, 10 % to either side.
        Assert.InRange((await app.Cache.KeyTimeToLiveAsync($"USER::{Id}"))!.Value, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(33));
    }

    [Fact]
    public async Task Hit_answers_the_stored_bytes_without_reading_the_database()
    {
        var id = await app.Users.CreateAsync();
        await app.Cache.StringSetAsync($"USER::{id}", $"v1 9 {InOneMinute()}\n{{\"planted\":true}}");

        var answer = await app.Users.GetAsync(id);

        Assert.Equal(("{\"data\":{\"planted\":true}}", "\"9\""), (answer.Body, answer.ETag));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ada")]
    [InlineData("{\"id\":1}")]
    [InlineData("v2 1 99999999999999\n{}")]
    [InlineData("v1 1\n{}")]
    [InlineData("v1 one 99999999999999\n{}")]
    [InlineData("v1 -1 99999999999999\n{}")]
    [InlineData("v1 1 99999999999999 \n{}")]
    [InlineData("v1 1 9223372036854775807\n{}")]
    [InlineData("v1 +1 +99999999999999\n{}")]
    [InlineData("v1 1 99999999999999\n{\"fresh\": \"for longer than it lives\"}")]
    [InlineData("v1 1 99999999999999\n")]
    [InlineData("v1 0 99999999999999\n{}")]
    public async Task Value_that_this_cache_did_not_write_counts_as_a_miss_and_is_replaced(string planted)
    {
        var id = await app.Users.CreateAsync();
        await app.Cache.StringSetAsync($"USER::{id}", planted);

        Assert.Equal("UserCache; fwd=uri-miss; stored", (await app.Users.GetAsync(id)).CacheStatus);
        Assert.StartsWith("UserCache; hit", (await app.Users.GetAsync(id)).CacheStatus, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Value_of_another_type_counts_as_a_miss_and_is_replaced()
    {
        var id = await app.Users.CreateAsync();
        await app.Cache.ListLeftPushAsync($"USER::{id}", "someone else's");

        Assert.Equal("UserCache; fwd=uri-miss; stored", (await app.Users.GetAsync(id)).CacheStatus);
        Assert.Equal(RedisType.String, await app.Cache.KeyTypeAsync($"USER::{id}"));
    }

    private static long InOneMinute() => TimeProvider.System.GetUtcNow().AddMinutes(1).ToUnixTimeMilliseconds();

    [GeneratedRegex("^v1 (?<version>[0-9]+) (?<soft>[0-9]+)\n(?<json>{.*})$")]
    private static partial Regex EntryFormat();
}
