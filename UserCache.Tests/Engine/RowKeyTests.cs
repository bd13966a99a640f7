namespace UserCache.Tests.Engine;

/// <summary>Rows' keys, in Redis and back.</summary>
public sealed class RowKeyTests(SharedRedis redis) : EngineTest(redis)
{
    private static readonly Guid Uuid = Guid.Parse("0189DCC7-6F73-7C3C-9C9B-5E4F6D3C2B1A");

    private static readonly string[] All =
        ["plain", "", "with blank", "{brace", "brace}", "a{b}c", "100%", "%7B", "%257B", "{%}", "*?[a-z]", "ünï¢øde 𝄞", "a:b::c"];

    public static TheoryData<string> Texts { get; } = new(All);

    [Fact]
    public void Numbers_and_uuids_are_as_PostgreSQL_writes_them()
    {
        Assert.Equal("P::42", new RowKey(42).Behind("P::"));
        Assert.Equal("P::-9223372036854775808", new RowKey(long.MinValue).Behind("P::"));
        Assert.Equal("P::0189dcc7-6f73-7c3c-9c9b-5e4f6d3c2b1a", new RowKey(Uuid).Behind("P::"));
        Assert.Equal(new RowKey(Uuid).Behind("P::"), new RowKey(Uuid.ToString()).Behind("P::"));
        Assert.Equal("42", $"{new RowKey(42)}");
        Assert.Equal<RowKey>([42, Uuid, ""], ["42", $"{Uuid}", default]);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Text_comes_back_as_it_was_and_holds_nothing_that_a_cluster_takes_for_a_slot_s_tag(string text)
    {
        var key = new RowKey(text).Behind("P::");

        Assert.Equal(text, RowKey.TextIn(key, "P::"));
        Assert.DoesNotContain('{', key);
        Assert.DoesNotContain('}', key);
    }

    [Fact]
    public void Texts_that_differ_have_different_keys_and_none_is_that_of_no_row()
    {
        var keys = All.Select(row => new RowKey(row).Behind("")).Append(RowKey.OfNoRow(25, "")).ToList();

        Assert.Equal(keys.Count, keys.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Row_with_any_text_for_its_key_is_read_cached_and_forgotten(string text)
    {
        var (replica, key) = (Replica(), $"{Guid.NewGuid()}{text}");
        Source.Set(key, version: 1);

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Hit, 1);
        Assert.True(await WriteAsync(replica, replica.Cache.KeyOf(key), version: 1));
        Source.Set(key, version: 2);

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 2, stored: true);
    }
}
