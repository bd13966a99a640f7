using UserCache.Tests.Infrastructure;

namespace UserCache.Tests.Caching;

/// <summary>However many readers miss at once, the database is read once for each key, and by so many at a time.</summary>
[Collection(AppGroup.Name)]
public sealed class StampedeTests(App app)
{
    private const int MaxLoads = 32;
    private const int MaxQueuedLoads = 512;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Cold_key_is_read_once_for_500_readers_on_three_replicas(int secondsThatTheDatabaseTakes)
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 3, App.SlowLoads);
        var id = await fleet.AddUserAsync();

        Task<Answer[]> answers;
        await using (await fleet.LockUsersAsync())
        {
            answers = Task.WhenAll(Enumerable.Range(0, 500).Select(reader => fleet.Replicas[reader % 3].Users.GetAsync(id)));
            await Eventually.GetAsync(fleet.DatabaseReadsUnderWayAsync, reads => reads == 1, Patience);
            // What is measured here is the time itself: as long as this the database takes.
            await Task.Delay(TimeSpan.FromSeconds(secondsThatTheDatabaseTakes));
            Assert.Equal(1, await fleet.DatabaseReadsUnderWayAsync());
        }

        Assert.All(await answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(1, await fleet.DatabaseReadsAsync(id));
        Assert.Single(await answers, answer => answer.CacheStatus == "UserCache; fwd=uri-miss; stored");
    }

    [Fact]
    public async Task Ten_thousand_cold_keys_at_once_read_the_database_by_32_and_the_rest_wait_or_are_told_503()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, App.SlowLoads);
        var ids = await fleet.AddUsersAsync(10_000);
        var replica = fleet.Replicas[0];

        // As many as can be under way or wait, and some that find the queue full.
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = MaxLoads + MaxQueuedLoads + 100 })
        {
            BaseAddress = replica.Api.Url,
            Timeout = TimeSpan.FromMinutes(1),
        };
        var refused = 0;
        Task<int[]> answers;
        long underWay;
        await using (await fleet.LockUsersAsync())
        {
            answers = Task.WhenAll(ids.Select(async id =>
            {
                using var answer = await http.GetAsync($"{UsersClient.Path}/{id}");
                if ((int)answer.StatusCode == 503)
                {
                    Assert.Equal(1, answer.Headers.RetryAfter?.Delta?.TotalSeconds);
                    Interlocked.Increment(ref refused);
                }

                return (int)answer.StatusCode;
            }));
            await Eventually.GetAsync(() => Task.FromResult(Volatile.Read(ref refused)), count => count == ids.Length - MaxLoads - MaxQueuedLoads, Patience * 4);
            underWay = await fleet.DatabaseReadsUnderWayAsync();
        }

        Assert.Equal(MaxLoads, underWay);
        var statuses = (await answers).CountBy(status => status).ToDictionary();
        Assert.Equal(new Dictionary<int, int> { [200] = MaxLoads + MaxQueuedLoads, [503] = ids.Length - MaxLoads - MaxQueuedLoads }, statuses);
    }

    [Fact]
    public async Task Cold_key_is_read_once_for_each_replica_when_Redis_is_away()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2, App.SlowLoads, Replica.LogsRequests);
        var ids = await fleet.AddUsersAsync(2);
        var (id, other) = (ids[0], ids[1]);
        foreach (var replica in fleet.Replicas)
        {
            replica.ToRedis.Cut();
            await Eventually.GetAsync(() => replica.Users.GetAsync(other), answer => answer.CacheStatus.Contains("fwd=bypass", StringComparison.Ordinal), Patience);
        }

        Task<Answer[]> answers;
        await using (await fleet.LockUsersAsync())
        {
            answers = Task.WhenAll(Enumerable.Range(0, 200).Select(reader => fleet.Replicas[reader % 2].Users.GetAsync(id)));
            await Eventually.GetAsync(fleet.DatabaseReadsUnderWayAsync, reads => reads == 2, Patience);
            foreach (var replica in fleet.Replicas)
            {
                await replica.RequestsAsync("starting", id, 100);
            }
        }

        Assert.All(await answers, answer => Assert.Equal((200, "UserCache; fwd=bypass; detail=redis-unavailable"), (answer.Status, answer.CacheStatus)));
        // For each replica one, and one more for those who came when that was under way, and so on.
        Assert.InRange(await fleet.DatabaseReadsAsync(id), 2, 8);
    }

    [Fact]
    public async Task Flood_of_unknown_ids_reads_the_database_once_for_each()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 3, App.SlowLoads);
        var last = await fleet.AddUserAsync();
        var unknown = Enumerable.Range(1, 100).Select(step => last + (step * 1_000L)).ToList();

        var answers = await Task.WhenAll(unknown.SelectMany(id => Enumerable.Range(0, 12).Select(reader => fleet.Replicas[reader % 3].Users.GetAsync(id))));

        Assert.All(answers, answer => Assert.Equal(404, answer.Status));
        Assert.All(await fleet.DatabaseReadsAsync(unknown), reads => Assert.Equal(1, reads));
        Assert.EndsWith("detail=negative", (await fleet.Replicas[0].Users.GetAsync(unknown[0])).CacheStatus, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batches_that_want_the_same_cold_keys_read_each_once_and_by_one_query()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 3, App.SlowLoads);
        var ids = await fleet.AddUsersAsync(50);

        Task<Answer[]> answers;
        await using (await fleet.LockUsersAsync())
        {
            answers = Task.WhenAll(Enumerable.Range(0, 30).Select(reader => fleet.Replicas[reader % 3].Users.GetManyAsync(ids)));
            // Each key's lease has been won by someone.
            await Eventually.GetAsync(
                async () => (await Task.WhenAll(ids.Select(id => fleet.Cache.KeyExistsAsync($"{{USER::{id}}}:lease")))).Count(held => held),
                leases => leases == ids.Length,
                Patience);
            // At worst every batch has won some keys: never more queries than batches, however many keys.
            Assert.InRange(await Eventually.GetAsync(fleet.DatabaseReadsUnderWayAsync, reads => reads > 0, Patience), 1, 30);
        }

        Assert.All(await answers, answer => Assert.Equal(50, answer.Data.GetArrayLength()));
        Assert.All(await Task.WhenAll(ids.Select(id => fleet.Replicas[0].Users.GetAsync(id))), answer => Assert.True(answer.IsHit));
    }
}
