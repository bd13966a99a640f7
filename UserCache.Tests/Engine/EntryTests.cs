using System.Text;

namespace UserCache.Tests.Engine;

/// <summary>What is stored, and what is made of what others have stored.</summary>
public sealed class EntryTests(SharedRedis redis) : EngineTest(redis)
{
    [Fact]
    public async Task Miss_fills_and_the_next_read_is_a_hit_of_one_command_with_the_same_bytes()
    {
        var (replica, key) = (Replica(), NewRow(version: 7));

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 7, stored: true);
        Assert.Equal(["get", "acquire", "fill"], replica.Redis.Commands);
        var hit = await replica.GetAsync(key);

        AssertRead(hit, CacheOutcome.Hit, 7);
        Assert.Equal("{\"version\":7}", Encoding.UTF8.GetString(hit.Payload.Body.Span));
        Assert.InRange(hit.Ttl!.Value, TimeSpan.FromSeconds(269), TimeSpan.FromSeconds(330));
        Assert.Equal("get", Assert.Single(replica.Redis.Commands.Skip(3)));
        Assert.Single(Source.Loads);
    }

    [Fact]
    public async Task Entry_is_one_header_line_and_the_row_s_bytes_and_lives_for_the_hard_expiry()
    {
        var (replica, key) = (Replica(), NewRow(version: 7));
        await replica.GetAsync(key);

        var stored = (await Stored.StringGetAsync(key)).ToString();

        Assert.Matches("^v1 7 [0-9]{13} [0-9a-f]{8}\n{\"version\":7}$", stored);
        Assert.InRange((await Stored.KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromMinutes(59), TimeSpan.FromHours(1));
        Assert.False(await Stored.KeyExistsAsync(Lease(key)));
    }

    [Fact]
    public async Task Soft_expiries_of_entries_filled_together_are_spread_by_the_jitter()
    {
        var (replica, keys) = (Replica(), Enumerable.Range(0, 40).Select(_ => NewRow()).ToArray());
        await replica.GetManyAsync(keys);

        var stored = await Stored.StringGetAsync([.. keys.Select(key => (RedisKey)key)]);

        var expiries = stored.Select(value => long.Parse(value.ToString().Split(' ', '\n')[2], CultureInfo.InvariantCulture));
        var lives = expiries.Select(expiry => DateTimeOffset.FromUnixTimeMilliseconds(expiry) - replica.Time.GetUtcNow()).ToList();
        // 5 minutes, 10 % to either side; all forty within two seconds of the sixty would be a one in 10^50 accident.
        Assert.All(lives, life => Assert.InRange(life, TimeSpan.FromSeconds(269), TimeSpan.FromSeconds(330)));
        Assert.True(lives.Max() - lives.Min() > TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Absence_of_a_row_is_remembered_for_a_short_while()
    {
        var (replica, key) = (Replica(), NewRow(version: 0));

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 0, stored: true);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Negative, 0);

        Assert.Single(Source.Loads);
        Assert.Matches("^v1 0 [0-9]{13} [0-9a-f]{8}\n$", (await Stored.StringGetAsync(key)).ToString());
        Assert.InRange((await Stored.KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromSeconds(26), TimeSpan.FromSeconds(33));
    }

    [Fact]
    public async Task Reads_are_counted_by_outcome_and_loads_timed()
    {
        var (replica, row, none) = (Replica(), NewRow(), NewRow(version: 0));
        using var requests = replica.Collect<long>(CacheTelemetry.Requests);
        using var loads = replica.Collect<double>(CacheTelemetry.LoadDuration);

        await replica.GetAsync(row);
        await replica.GetManyAsync(row, none);
        await replica.GetAsync(none);
        await StoreStaleAsync(row, version: 1);
        await replica.GetAsync(row);
        replica.Gate.Shut("of the test");
        await replica.GetAsync(row);

        Assert.Equal(
            ["miss", "hit", "miss", "negative", "stale", "bypass"],
            requests.GetMeasurementSnapshot().Select(one => (string)one.Tags[CacheTelemetry.OutcomeTag]!));
        Assert.NotEmpty(loads.GetMeasurementSnapshot());
        Assert.All(loads.GetMeasurementSnapshot(), one => Assert.InRange(one.Value, 0, 30));
    }
}
