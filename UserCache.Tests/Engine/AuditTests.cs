using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace UserCache.Tests.Engine;

/// <summary>Wrong values that are planted, and whether they are found.</summary>
public sealed class AuditTests(SharedRedis redis) : EngineTest(redis)
{
    private MetricCollector<long> _checked = null!;
    private MetricCollector<long> _stale = null!;

    [Theory]
    // Older than the row, of its version but with other bytes, newer than the row, no row where there is one, a row where there is none.
    [InlineData(2, 1, "{\"old\":true}")]
    [InlineData(2, 2, "{\"other\":true}")]
    [InlineData(2, 9, "{\"future\":true}")]
    [InlineData(2, 0, "")]
    [InlineData(0, 1, "{\"ghost\":true}")]
    public async Task Wrong_value_is_counted_logged_and_evicted(long row, long cached, string body)
    {
        var (replica, key) = (await StartAsync(), NewRow(row));
        await PlantAsync(key, cached, body);

        Assert.True((await replica.GetAsync(key)).IsHit);

        Assert.Equal((1, 1), await AuditedAsync(replica));
        Assert.Equal((1, false), (replica.Logged(140), await IsStoredAsync(key)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task Right_value_is_checked_and_is_no_mismatch(long row)
    {
        var (replica, key) = (await StartAsync(), NewRow(row));
        await replica.GetAsync(key);

        Assert.True((await replica.GetAsync(key)).IsHit);

        Assert.Equal((1, 0), await AuditedAsync(replica));
        Assert.True(await IsStoredAsync(key));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Old_value_that_is_gone_or_replaced_within_the_time_a_change_needs_is_no_mismatch(bool isReplaced)
    {
        var (replica, key) = (await StartAsync(), NewRow(version: 2));
        await PlantAsync(key, 1, "{\"old\":true}");

        Assert.True((await replica.GetAsync(key)).IsHit);
        // The reader's, and the audit's first look.
        await EngineReplica.UntilAsync(() => replica.Redis.Commands.Count == 2);
        await Stored.KeyDeleteAsync(key);
        if (isReplaced)
        {
            AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 2, stored: true);
        }

        Assert.Equal((1, 0), await AuditedAsync(replica));
    }

    [Fact]
    public async Task Row_that_is_deleted_between_the_audit_s_two_looks_is_no_mismatch()
    {
        var (replica, key) = (await StartAsync(), NewRow());
        await replica.GetAsync(key);
        var load = Source.Hold();
        Assert.True((await replica.GetAsync(key)).IsHit);
        await load.Begun;

        await WriteAsync(replica, key, version: 0);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 0, stored: true);
        load.Release();

        Assert.Equal((1, 0), await AuditedAsync(replica));
    }

    [Fact]
    public async Task Audit_that_takes_too_long_is_given_up_and_the_next_is_made_and_nobody_has_waited()
    {
        var (replica, slow, next) = (await StartAsync(), NewRow(), NewRow());
        await replica.GetManyAsync(slow, next);
        var load = Source.Hold();

        Assert.True((await replica.GetAsync(slow)).IsHit);
        await load.Begun;
        // One at a time.
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => replica.GetAsync(next))), result => Assert.True(result.IsHit));
        Assert.Equal(2, Source.Loads.Count);
        replica.Time.Advance(replica.Options.LoadTimeout);

        await load.Cancelled;
        Assert.Equal((20, 0), await AuditedAsync(replica, audits: 20));
        Assert.Equal(1, replica.Logged(141));
    }

    [Fact]
    public async Task Audit_does_not_queue_for_the_source()
    {
        var (replica, key) = (await StartAsync(("MaxLoads", "1")), NewRow());
        await replica.GetAsync(key);
        var (read, load) = await StartHeldReadAsync(replica, NewRow());

        Assert.True((await replica.GetAsync(key)).IsHit);

        await EngineReplica.UntilAsync(() => replica.Logged(141) == 1);
        Assert.Equal(2, Source.Loads.Count);
        load.Release();
        await read;
    }

    private async Task<EngineReplica> StartAsync(params (string Key, string Value)[] settings)
    {
        var replica = Replica([("AuditRate", "1"), .. settings]);
        (_checked, _stale) = (replica.Collect<long>(CacheTelemetry.AuditChecked), replica.Collect<long>(CacheTelemetry.AuditStale));
        await replica.StartAsync();
        return replica;
    }

    private Task<bool> PlantAsync(string key, long version, string body) =>
        Stored.StringSetAsync(key, Planted.Entry(key, version, body, freshFor: TimeSpan.FromHours(1)));

    /// <returns>How many were compared, and how many of them were wrong, when so many have been.</returns>
    private async Task<(long Checked, long Stale)> AuditedAsync(EngineReplica replica, int audits = 1)
    {
        await CheckedAsync(audits);
        // One by one: when the next is done, all has been done that comes of these.
        var last = NewRow();
        await replica.GetAsync(last);
        Assert.True((await replica.GetAsync(last)).IsHit);
        await CheckedAsync(audits + 1);
        return (Sum(_checked) - 1, Sum(_stale));

        Task CheckedAsync(int count) => EngineReplica.UntilAsync(() =>
        {
            replica.Time.Advance(TimeSpan.FromMilliseconds(100));
            return Sum(_checked) >= count;
        });
    }

    private static long Sum(MetricCollector<long> counter) => counter.GetMeasurementSnapshot().Sum(one => one.Value);
}
