using Xunit.Abstractions;

namespace UserCache.Tests.Numbers;

/// <summary>What a cluster's lost shard costs its users, and the others, printed as it ends.</summary>
[Collection(TimedGroup.Name)]
[Trait("Run", "numbers")]
public sealed class ShardNumbers(App app, ITestOutputHelper output)
{
    private const int Users = 60;
    private const int Lost = 1;

    private static readonly TimeSpan Phase = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reads_of_a_shard_that_is_killed_or_hangs_and_of_the_others(bool hangs)
    {
        await using var cluster = await RedisCluster.StartAsync(app.Data);
        await using var api = await App.StartReplicaAsync(
            cluster.ConnectionString, await app.NewDatabaseAsync(), ("Cache:RedisTimeout", "00:00:00.250"));
        var ids = new List<long>();
        for (var user = 0; user < Users; user++)
        {
            ids.Add(await api.Users.CreateAsync());
        }

        await Task.WhenAll(ids.Select(id => api.Users.GetHitAsync(id)));
        var shards = ids.ToLookup(id => RedisCluster.PlaceOf(id) == Lost);
        var before = await ReadAsync(api, shards[false]);
        var server = cluster.Primaries[Lost];
        await (hangs ? Task.Run(server.Pause) : server.KillAsync());

        var reads = await Task.WhenAll(ReadAsync(api, shards[false]), ReadAsync(api, shards[true]));

        var (others, ours) = (reads[0], reads[1]);
        var slow = ours.Count(read => read.Ms > 200);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"One shard of three {(hangs ? "hangs" : "is killed")}. Its users in the next {Phase.TotalSeconds} s: "
            + $"p50 {P(ours, 0.5):0.0} ms, longest {P(ours, 1):0} ms, {slow} of {ours.Count} reads longer than 200 ms. "
            + $"The others: p50 {P(others, 0.5):0.0} ms, p99 {P(others, 0.99):0.0} ms, longest {P(others, 1):0} ms, "
            + $"{others.Count(read => read.IsHit)} hits of {others.Count}; before: p99 {P(before, 0.99):0.0} ms."));
        Assert.All(others, read => Assert.True(read.IsHit));
        // Those that find it out: one client asks one at a time.
        Assert.InRange(slow, 0, 4);
        Assert.InRange(P(others, 0.99), 0, 100);
        if (hangs)
        {
            server.Resume();
        }
    }

    private static double P(List<(double Ms, bool IsHit)> reads, double share) =>
        reads.ConvertAll(read => read.Ms).Percentile(share);

    private static async Task<List<(double Ms, bool IsHit)>> ReadAsync(ApiHost api, IEnumerable<long> ids)
    {
        var reads = new List<(double Ms, bool IsHit)>();
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Phase;)
        {
            foreach (var id in ids)
            {
                var started = Stopwatch.GetTimestamp();
                var answer = await api.Users.GetAsync(id);
                Assert.Equal(200, answer.Status);
                reads.Add((Stopwatch.GetElapsedTime(started).TotalMilliseconds, answer.IsHit));
            }
        }

        return reads;
    }
}
