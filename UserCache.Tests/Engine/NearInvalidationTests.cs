namespace UserCache.Tests.Engine;

/// <summary>
/// What ends a copy before its life is over: messages of others, steps of one's own, and silence that may hide a message.
/// </summary>
public sealed class NearInvalidationTests(SharedRedis redis) : NearTest(redis)
{
    public static TheoryData<string> Steps { get; } = new("begin-write", "end-write", "invalidate-older", "evict");

    [Theory]
    [MemberData(nameof(Steps))]
    [InlineData("flush")]
    public async Task Step_of_another_replica_ends_a_copy_also_when_Redis_has_the_value_no_more(string step)
    {
        var (reader, key) = (await NearReplicaAsync(), NewRow());
        await WarmAsync(reader, key);
        await Stored.KeyDeleteAsync(key);
        Assert.True(await IsNearAsync(reader, key));

        await StepAsync(OtherReplica(), step, key);

        await UntilForgottenAsync(reader, key);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    [InlineData("flush")]
    public async Task Step_of_one_s_own_ends_a_copy_at_once_and_deletes_the_value_also_when_nothing_may_be_published(string step)
    {
        var (replica, other, key) = (await NearReplicaAsync(await UserAsync("-publish")), await NearReplicaAsync(), NewRow());
        await WarmAsync(replica, key);
        await WarmAsync(other, key);

        await StepAsync(replica, step, key);

        Assert.False(await IsStoredAsync(key));
        Assert.False(await IsNearAsync(replica, key));
        // Nobody has told it; its age will.
        Assert.True(await IsNearAsync(other, key));
        other.Time.Advance(Life);
        Assert.False(await IsNearAsync(other, key));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Step_of_one_s_own_that_Redis_has_not_answered_ends_a_copy_all_the_same(string step)
    {
        var (replica, key) = (await NearReplicaAsync(), NewRow());
        await WarmAsync(replica, key);
        replica.Redis.Fail(step);

        await Record.ExceptionAsync(() => StepAsync(replica, step, key));

        Assert.False(await IsNearAsync(replica, key));
    }

    [Fact]
    public async Task Writing_replica_reads_the_source_from_the_beginning_of_a_write_and_the_change_after_its_end()
    {
        var (replica, key) = (await NearReplicaAsync(await UserAsync("-publish")), NewRow());
        await WarmAsync(replica, key);

        var write = await replica.Invalidation.BeginWriteAsync(key);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1);
        Source.Set(key, 2);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 2);
        // Confirmed, although it may not publish.
        Assert.True(await replica.Invalidation.EndWriteAsync(write));

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 2, stored: true);
        AssertRead(await replica.GetAsync(key), CacheOutcome.Hit, 2);
        Assert.True(await IsNearAsync(replica, key));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Answer_that_comes_after_the_message_of_a_change_is_not_kept(bool isBatch)
    {
        var (reader, key, canary) = (await NearReplicaAsync(), NewRow(), NewRow());
        var writer = OtherReplica();
        await reader.GetAsync(key);
        await WarmAsync(reader, canary);
        var (answered, held) = (new TaskCompletionSource(), new TaskCompletionSource());
        reader.Redis.After(isBatch ? "mget" : "get", async () =>
        {
            answered.SetResult();
            await held.Task;
        });

        var read = isBatch ? reader.GetManyAsync(key) : One(reader.GetAsync(key));
        await answered.Task;
        await WriteAsync(writer, key, version: 2);
        // Messages come one after the other.
        await writer.Cache.EvictAsync(canary, CancellationToken.None);
        await UntilForgottenAsync(reader, canary);
        held.SetResult();

        AssertRead((await read)[0], CacheOutcome.Hit, 1);
        AssertRead(await reader.GetAsync(key), CacheOutcome.Miss, 2, stored: true);

        static async Task<CacheResult[]> One(Task<CacheResult> read) => [await read];
    }

    [Fact]
    public async Task Nothing_is_near_from_the_loss_of_the_connection_that_listens_until_it_listens_again()
    {
        // Two connections, one for messages alone: the other goes on, and so the gate stays open.
        var name = $"{Guid.NewGuid():N}";
        var (reader, key) = (await NearReplicaAsync($"{Redis.Server.ConnectionString},protocol=resp2,name={name}"), NewRow());
        await WarmAsync(reader, key);

        var server = Redis.Connection.GetServers()[0];
        var listening = Assert.Single(await server.ClientListAsync(), client => client.Name == name && client.SubscriptionCount > 0);
        await server.ClientKillAsync(listening.Address!);
        await UntilForgottenAsync(reader, key);

        // The clock stands still, and so does who would try again.
        await WriteAsync(OtherReplica(), key, version: 2);
        AssertRead(await reader.GetAsync(key), CacheOutcome.Miss, 2, stored: true);
        AssertRead(await reader.GetAsync(key), CacheOutcome.Hit, 2);
        Assert.False(await IsNearAsync(reader, key));
        Assert.True(reader.Gate.IsOpen);

        await UntilListeningAsync(reader, times: 2);
        Assert.False(await IsNearAsync(reader, key));
        Assert.True(await IsNearAsync(reader, key));
        await StepAsync(OtherReplica(), "evict", key);
        await UntilForgottenAsync(reader, key);
    }

    [Fact]
    public async Task Replica_that_may_not_listen_keeps_nothing_and_says_so_once()
    {
        var (replica, key) = (Replica(await ConnectAsync(await UserAsync("resetchannels")), ("NearCacheBytes", "1000000")), NewRow());
        await replica.StartAsync();
        await replica.GetAsync(key);
        await EngineReplica.UntilAsync(() => replica.Logged(161) == 1);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            replica.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.False(await IsNearAsync(replica, key));
        }

        await WriteAsync(replica, key, version: 2);

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 2, stored: true);
        Assert.Equal((1, 0), (replica.Logged(161), replica.Logged(160)));
    }

    [Fact]
    public async Task Messages_go_by_the_prefix_that_the_connection_gives_its_channels()
    {
        var prefixed = $"{Redis.Server.ConnectionString},channelPrefix=mine:";
        var (reader, writer, key) = (await NearReplicaAsync(prefixed), await NearReplicaAsync(prefixed), NewRow());

        foreach (var step in new[] { "evict", "flush" })
        {
            await WarmAsync(reader, key);
            await StepAsync(writer, step, key);
            await UntilForgottenAsync(reader, key);
        }
    }
}
