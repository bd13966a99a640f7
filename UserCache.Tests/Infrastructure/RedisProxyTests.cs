namespace UserCache.Tests.Infrastructure;

/// <summary>The proxy must keep connections and whole commands, or it would be a fault like any other.</summary>
[Collection(RecoveryGroup.Name)]
public sealed class RedisProxyTests(App app)
{
    [Fact]
    public async Task Clients_keep_their_connections_and_lose_no_command_when_another_server_takes_over_in_the_midst_of_them()
    {
        const int Commands = 20_000;
        await using var redis = await SwappedRedis.StartAsync(app);
        var (database, lost) = (redis.Client.GetDatabase(), 0);
        redis.Client.ConnectionFailed += (_, _) => Interlocked.Increment(ref lost);

        var counts = Enumerable.Range(0, Commands).Select(_ => database.StringIncrementAsync("count")).ToArray();
        await counts[Commands / 10];
        await redis.Proxy.SwapAsync(redis.Second.Port);
        var after = (int)await database.StringIncrementAsync("count");

        var first = (int)await redis.First.CommandAsync("GET", "count");
        Assert.Equal(Commands + 1, first + after);
        Assert.Equal(
            [.. Enumerable.Range(1, first), .. Enumerable.Range(1, after - 1)],
            (await Task.WhenAll(counts)).Select(count => (int)count));
        Assert.Equal(0, lost);
    }

    [Fact]
    public async Task Subscriptions_are_taken_along()
    {
        await using var redis = await SwappedRedis.StartAsync(app);
        var heard = new TaskCompletionSource();
        await redis.Client.GetSubscriber().SubscribeAsync(RedisChannel.Literal("news"), (_, _) => heard.TrySetResult());

        await redis.Proxy.SwapAsync(redis.Second.Port);
        await redis.Second.CommandAsync("PUBLISH", "news", "1");

        await heard.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Run_is_not_told_when_it_is_hidden_and_all_else_is()
    {
        await using var redis = await SwappedRedis.StartAsync(app);
        var told = await FieldsAsync(redis.Client);
        redis.Proxy.HidesRun = true;
        var hidden = await FieldsAsync(redis.Client);

        Assert.Contains("run_id", told);
        Assert.DoesNotContain("run_id", hidden);
        Assert.Equal(told.Except(["run_id"]), hidden.Except(["hidden"]));
    }

    private static async Task<IEnumerable<string>> FieldsAsync(ConnectionMultiplexer client) =>
        (await client.GetServers()[0].InfoAsync("server")).Single().Select(field => field.Key);

    private sealed record SwappedRedis(RedisServer First, RedisServer Second, RedisProxy Proxy, ConnectionMultiplexer Client)
        : IAsyncDisposable
    {
        public static async Task<SwappedRedis> StartAsync(App app)
        {
            var first = await app.SpareRedis.TakeAsync();
            var second = new RedisServer(app.Data) { Password = first.Password };
            await second.StartAsync();
            var proxy = new RedisProxy(first.Port);
            return new SwappedRedis(first, second, proxy, await ConnectionMultiplexer.ConnectAsync(string.Create(
                CultureInfo.InvariantCulture, $"127.0.0.1:{proxy.Port},password={first.Password},allowAdmin=true")));
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await Proxy.DisposeAsync();
            await First.DisposeAsync();
            await Second.DisposeAsync();
        }
    }
}
