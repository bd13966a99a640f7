namespace UserCache.Tests.Engine;

/// <summary>A write that changes several rows at once.</summary>
public sealed class ManyRowsWriteTests(SharedRedis redis) : EngineTest(redis)
{
    [Fact]
    public async Task Rows_of_one_write_are_told_in_their_order_each_once_before_any_answer_is_awaited()
    {
        var (replica, keys) = (Replica(), Enumerable.Range(0, 20).Select(_ => NewRow()).ToArray());
        var (asked, answer) = (new List<string>(), new TaskCompletionSource());
        foreach (var key in keys)
        {
            replica.Redis.Before(
                "begin-write",
                () =>
                {
                    asked.Add(key);
                    return answer.Task;
                },
                key);
        }

        var begun = replica.Invalidation.BeginWriteAsync(keys.Reverse().Append(keys[3]));

        Assert.Equal(keys.Order(StringComparer.Ordinal), asked);
        answer.SetResult();
        var write = await begun;
        Assert.True(write.IsBegun);
        Assert.Equal(keys.Order(StringComparer.Ordinal), write.Keys);
        Assert.True(await replica.Invalidation.EndWriteAsync(write));
        Assert.All(keys, key => Assert.Equal(0, Stored.KeyExists([Writers(key), Lease(key), key])));
    }

    [Fact]
    public async Task While_it_is_under_way_none_of_its_rows_is_filled_and_afterwards_all_are_new()
    {
        var (replica, keys) = (Replica(), new[] { NewRow(), NewRow() });
        await replica.GetManyAsync(keys);

        var write = await replica.Invalidation.BeginWriteAsync(keys);
        Assert.All(await replica.GetManyAsync(keys), read => AssertRead(read, CacheOutcome.Miss, 1));
        Array.ForEach(keys, key => Source.Set(key, version: 2));
        Assert.All(await replica.GetManyAsync(keys), read => AssertRead(read, CacheOutcome.Miss, 2));
        Assert.True(await replica.Invalidation.EndWriteAsync(write));

        Assert.All(await replica.GetManyAsync(keys), read => AssertRead(read, CacheOutcome.Miss, 2, stored: true));
        Assert.All(await replica.GetManyAsync(keys), read => AssertRead(read, CacheOutcome.Hit, 2));
    }

    [Fact]
    public async Task Write_that_did_not_reach_Redis_for_one_row_is_pending()
    {
        var (replica, keys) = (Replica(), new[] { NewRow(), NewRow() });
        replica.Redis.Fail("begin-write");

        var write = await replica.Invalidation.BeginWriteAsync(keys);

        Assert.False(write.IsBegun);
        Assert.False(await replica.Invalidation.EndWriteAsync(write));
    }

    [Fact]
    public async Task Write_of_no_row_asks_Redis_nothing()
    {
        var replica = Replica();

        var write = await replica.Invalidation.BeginWriteAsync();

        Assert.True(write.IsBegun);
        Assert.True(await replica.Invalidation.EndWriteAsync(write));
        Assert.Empty(replica.Redis.Commands);
    }
}
