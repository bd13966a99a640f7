using Xunit.Abstractions;

namespace UserCache.Tests.Numbers;

/// <summary>What everyone else has of it when many write one row that someone has locked, printed as it ends.</summary>
[Collection(TimedGroup.Name)]
[Trait("Run", "numbers")]
public sealed class LockedRowNumbers(App app, ITestOutputHelper output)
{
    private const int Writers = 150;
    private const int Changes = 40;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private int _answers;

    [Fact]
    public async Task Changes_and_misses_of_others_while_many_write_a_locked_row()
    {
        // As in production.
        await using var fleet = await Fleet.StartAsync(
            app, replicas: 1, processes: 1,
            ("Cache:LoadTimeout", "00:00:03"), ("Cache:RedisTimeout", "00:00:00.250"));
        var users = fleet.Replicas[0].Users;
        var ids = await fleet.AddUsersAsync(2 + Changes);
        var (locked, changed, missed) = (ids[0], ids[1], ids[2..]);
        await using var connection = await fleet.Database.OpenConnectionAsync();
        await using var locking = new NpgsqlCommand($"BEGIN; SELECT FROM users WHERE id = {locked} FOR UPDATE", connection);
        await locking.ExecuteNonQueryAsync();
        using var stop = new CancellationTokenSource();
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(users, locked, writer, stop.Token)));
        // Each has been refused once: the process has all its connections, and its code is compiled.
        await Eventually.GetAsync(() => Task.FromResult(Volatile.Read(ref _answers)), answers => answers >= 2 * Writers);

        var (lags, misses, healths) = (new List<double>(), new List<double>(), new HashSet<(int, string)>());
        foreach (var id in missed)
        {
            lags.Add(await Lag.OfOneChangeAsync(fleet, users, changed));
            var started = Stopwatch.GetTimestamp();
            Assert.Equal("UserCache; fwd=uri-miss; stored", (await users.GetAsync(id)).CacheStatus);
            misses.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            healths.Add((await users.GetAsync("/health")).StatusAndBody);
        }

        await stop.CancelAsync();
        var writes = (await writing).SelectMany(statuses => statuses).ToList();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Writers} clients write a locked row ({writes.Count} answers, {writes.Count(status => status == 503)} of them 503): another "
            + $"user's change by SQL is seen after {lags.Percentile(0.5):0} ms (p50), {lags.Max():0} ms (longest of {Changes}); a miss "
            + $"takes {misses.Percentile(0.5):0.0} ms (p50), {misses.Max():0} ms (longest); health: {string.Join(", ", healths)}."));
        Assert.InRange(lags.Percentile(0.9), 0, 250);
        // A read of the database may meet the moment in which all writers that wait are refused at once.
        Assert.InRange(lags.Max(), 0, 3_000);
        Assert.InRange(misses.Max(), 0, 3_000);
        Assert.Equal([(200, "Healthy")], healths);
    }

    // Each goes on for as long as it is told to, and comes back when it was told.
    private async Task<List<int>> WriteAsync(UsersClient users, long id, int writer, CancellationToken stop)
    {
        var statuses = new List<int>();
        while (!stop.IsCancellationRequested)
        {
            statuses.Add((await users.PutAsync(id, new { username = $"writer-{writer}" })).Status);
            Interlocked.Increment(ref _answers);
            await Task.Delay(RetryAfter, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return statuses;
    }
}
