using Xunit.Abstractions;

namespace UserCache.Tests.Numbers;

/// <summary>How soon Redis is relied on again after a long outage, printed as it ends.</summary>
[Collection(TimedGroup.Name)]
[Trait("Run", "numbers")]
public sealed class OutageNumbers(App app, ITestOutputHelper output)
{
    private const int Users = 100_000;
    private const int ChangesOfEach = 36;
    private const int Batch = 100;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Theory]
    // As it was left, with a value for each user; and started again, empty.
    [InlineData(false)]
    [InlineData(true)]
    public async Task Redis_is_relied_on_again_soon_after_an_outage_of_an_hour_with_a_thousand_changes_a_second(bool isRestarted)
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2, processes: 2);
        var ids = await fleet.Database.RowsAsync(
            "INSERT INTO users (username) SELECT 'user-' || n FROM generate_series(1, $1) n RETURNING id", row => row.GetInt64(0), Users);
        await fleet.RelayedAsync();
        foreach (var batch in ids.Chunk(Batch))
        {
            Assert.Equal(200, (await fleet.Replicas[0].Users.GetManyAsync(batch)).Status);
        }

        foreach (var replica in fleet.Replicas)
        {
            replica.ToRedis.Cut();
        }

        for (var time = 0; time < ChangesOfEach; time++)
        {
            await using var change = fleet.Database.CreateCommand($"UPDATE users SET email = 'after-{time}@example.com'");
            change.CommandTimeout = 300;
            Assert.Equal(Users, await change.ExecuteNonQueryAsync());
        }

        if (isRestarted)
        {
            await fleet.Redis.KillAsync();
            await fleet.Redis.StartAsync();
        }

        var returned = Stopwatch.GetTimestamp();
        foreach (var replica in fleet.Replicas)
        {
            replica.ToRedis.Mend();
        }

        foreach (var replica in fleet.Replicas)
        {
            var answer = await Eventually.GetAsync(() => replica.Users.GetAsync(ids[0]), answer => answer.IsHit, Bound * 2);
            Assert.Equal($"\"{1 + ChangesOfEach}\"", answer.ETag);
        }

        var took = Stopwatch.GetElapsedTime(returned);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Users * ChangesOfEach:N0} changes of {Users:N0} users, Redis {(isRestarted ? "restarted" : "as it was")}: "
            + $"relied on by both replicas {took.TotalSeconds:0.0} s after its return."));
        Assert.InRange(took, TimeSpan.Zero, Bound);
    }
}
