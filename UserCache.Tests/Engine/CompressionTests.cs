using System.Security.Cryptography;
using System.Text;

namespace UserCache.Tests.Engine;

/// <summary>Rows that are compressed in Redis.</summary>
public sealed class CompressionTests(SharedRedis redis) : EngineTest(redis)
{
    private const int LongerThanAnEntryMayBe = 200_000;

    private static readonly (string Key, string Value) Compress = ("CompressAbove", "300");

    [Theory]
    [InlineData(301)]
    [InlineData(LongerThanAnEntryMayBe)]
    public async Task Long_row_is_stored_smaller_and_read_as_it_was(int length)
    {
        var (replica, other, key) = (Replica(Compress), Replica(), NewRow());
        var row = Source.Set(key, SourceRow.Of(3, Encoding.UTF8.GetBytes(new string('x', length))));
        Assert.True((await replica.GetAsync(key)).Stored);

        Assert.InRange(await Stored.StringLengthAsync(key), 1, length / 2);
        Assert.Matches("^v1 3 [0-9]{13} z [0-9a-f]{8}\n", (await Stored.StringGetAsync(key)).ToString());
        // Whoever reads it need not be set to compress.
        foreach (var reader in new[] { replica, other })
        {
            var hit = await reader.GetAsync(key);
            Assert.Equal(CacheOutcome.Hit, hit.Outcome);
            Assert.True(hit.Payload.IsSame(row));
        }

        Assert.Single(Source.Loads);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("random")]
    public async Task Row_that_is_short_or_gains_nothing_is_stored_as_it_is(string kind)
    {
        var (replica, key) = (Replica(Compress), NewRow());
        var body = kind == "short" ? Encoding.UTF8.GetBytes(new string('x', 300)) : RandomNumberGenerator.GetBytes(400);
        Source.Set(key, SourceRow.Of(3, body));
        await replica.GetAsync(key);

        Assert.Equal(body, ((byte[])(await Stored.StringGetAsync(key))!)[^body.Length..]);
    }

    [Fact]
    public async Task Compressed_entry_is_refreshed_once_it_is_stale_and_goes_with_a_change()
    {
        var (replica, key) = (Replica(Compress), NewRow());
        var body = Encoding.UTF8.GetBytes(new string('x', 1_000));
        Source.Set(key, SourceRow.Of(3, body));
        await replica.GetAsync(key);
        replica.Time.Advance(TimeSpan.FromMinutes(6));
        Source.Set(key, SourceRow.Of(4, body));

        AssertRead(await replica.GetAsync(key), CacheOutcome.Stale, 3);
        await EngineReplica.UntilAsync(async () => (await replica.GetAsync(key)).Payload.Version == 4);
        await replica.Invalidation.InvalidateOlderAsync(key, version: 5);

        Assert.False(await IsStoredAsync(key));
    }

    [Theory]
    [InlineData("v1 1 1000 z ", "")]
    [InlineData("v1 1 1000 z ", "xyz")]
    [InlineData("v1 1 1000 z ", "\x00\x04\x00\x00not brotli")]
    [InlineData("v1 1 1000 z ", "\x7f\x7f\x7f\x7fmore than there may be")]
    [InlineData("v1 1 1000 y ", "{}")]
    public async Task What_only_looks_compressed_is_a_miss_and_is_replaced(string header, string body)
    {
        var (replica, key) = (Replica(), NewRow());
        await Stored.StringSetAsync(key, Planted.Sealed(key, header, body));

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
    }
}
