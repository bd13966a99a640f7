namespace UserCache.Tests.Engine;

/// <summary>Writers, and what they keep readers from.</summary>
public sealed class WriteTests(SharedRedis redis) : EngineTest(redis)
{
    [Fact]
    public async Task Write_that_has_begun_has_deleted_the_value_and_registered_its_writer_until_the_deadline()
    {
        var (replica, key) = (Replica(("WriterDeadline", "00:00:30")), NewRow());
        await replica.GetAsync(key);

        var write = await replica.Invalidation.BeginWriteAsync(key);

        Assert.False(await IsStoredAsync(key));
        var writer = Assert.Single(await Stored.SortedSetRangeByRankWithScoresAsync(Writers(key)));
        Assert.Equal((write.Token, TimeSpan.FromSeconds(29)), (writer.Element.ToString(), write.TimeToCommit));
        var deadline = DateTimeOffset.FromUnixTimeMilliseconds((long)writer.Score);
        Assert.InRange(deadline - TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30));
        Assert.InRange((await Stored.KeyTimeToLiveAsync(Writers(key)))!.Value, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task While_a_writer_is_registered_readers_read_the_source_and_fill_nothing()
    {
        var (writer, reader, key) = (Replica(), Replica(), NewRow());
        await reader.GetAsync(key);

        var write = await writer.Invalidation.BeginWriteAsync(key);
        AssertRead(await reader.GetAsync(key), CacheOutcome.Miss, 1);
        Source.Set(key, 2);
        AssertRead(await reader.GetAsync(key), CacheOutcome.Miss, 2);
        Assert.False(await IsStoredAsync(key));
        Assert.True(await writer.Invalidation.EndWriteAsync(write));

        AssertRead(await reader.GetAsync(key), CacheOutcome.Miss, 2, stored: true);
    }

    [Fact]
    public async Task Key_may_be_filled_when_the_last_of_its_writers_has_ended()
    {
        var (replica, key) = (Replica(), NewRow());
        var writes = new[] { await replica.Invalidation.BeginWriteAsync(key), await replica.Invalidation.BeginWriteAsync(key) };

        await replica.Invalidation.EndWriteAsync(writes[0]);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1);
        await replica.Invalidation.EndWriteAsync(writes[1]);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
    }

    [Fact]
    public async Task End_of_a_write_that_Redis_has_forgotten_deletes_what_was_filled_and_is_being_filled_meanwhile()
    {
        var (writer, reader, filled, filling) = (Replica(), Replica(), NewRow(), NewRow());
        var writes = new List<CacheWrite>();
        foreach (var key in new[] { filled, filling })
        {
            writes.Add(await writer.Invalidation.BeginWriteAsync(key));
            await Stored.KeyDeleteAsync(Writers(key));
        }

        AssertRead(await reader.GetAsync(filled), CacheOutcome.Miss, 1, stored: true);
        var (read, load) = await StartHeldReadAsync(reader, filling);
        foreach (var write in writes)
        {
            Source.Set(write.Keys[0], 2);
            Assert.True(await writer.Invalidation.EndWriteAsync(write));
        }

        load.Release();
        AssertRead(await read, CacheOutcome.Miss, 1);
        AssertRead(await reader.GetAsync(filled), CacheOutcome.Miss, 2, stored: true);
        AssertRead(await reader.GetAsync(filling), CacheOutcome.Miss, 2, stored: true);
    }

    [Fact]
    public async Task Writer_past_its_deadline_keeps_nobody_from_filling_and_is_forgotten_by_the_next()
    {
        var (replica, key) = (Replica(), NewRow());
        await Stored.SortedSetAddAsync(Writers(key), "dead", TimeProvider.System.GetUtcNow().AddMilliseconds(-1).ToUnixTimeMilliseconds());

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);

        var write = await replica.Invalidation.BeginWriteAsync(key);
        Assert.Equal(write.Token, Assert.Single(await Stored.SortedSetRangeByRankAsync(Writers(key))).ToString());
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(60, 0)]
    public async Task Time_that_Redis_takes_to_begin_a_write_is_taken_off_the_time_to_commit(int seconds, int left)
    {
        var (replica, key) = (Replica(), NewRow());
        replica.Redis.Before("begin-write", () =>
        {
            replica.Time.Advance(TimeSpan.FromSeconds(seconds));
            return Task.CompletedTask;
        });

        Assert.Equal(TimeSpan.FromSeconds(left), (await replica.Invalidation.BeginWriteAsync(key)).TimeToCommit);
    }

    [Theory]
    [InlineData("begin-write")]
    [InlineData("end-write")]
    [InlineData("begin-write", "end-write")]
    public async Task Write_goes_on_without_Redis_and_says_that_it_is_yet_to_be_relayed(params string[] failing)
    {
        var (replica, key) = (Replica(), NewRow());
        Array.ForEach(failing, step => replica.Redis.Fail(step));

        Assert.False(await WriteAsync(replica, key, version: 2));
    }

    [Fact]
    public async Task Writer_tells_Redis_also_while_its_own_gate_is_shut()
    {
        var (writer, reader, key) = (Replica(), Replica(), NewRow());
        await reader.GetAsync(key);
        writer.Gate.Shut("of the test");

        Assert.True(await WriteAsync(writer, key, version: 2));

        AssertRead(await reader.GetAsync(key), CacheOutcome.Miss, 2, stored: true);
    }
}
