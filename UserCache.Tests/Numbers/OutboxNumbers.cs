using UserCache.Caching.PostgreSql;
using Xunit.Abstractions;

namespace UserCache.Tests.Numbers;

/// <summary>What the outbox costs when others hold it up, printed as it ends.</summary>
[Collection(TimedGroup.Name)]
[Trait("Run", "numbers")]
public sealed class OutboxNumbers(App app, ITestOutputHelper output)
{
    private const int Users = 1_000;
    private const int ChangesOfEach = 100;
    private const int Batch = 500;
    private const int Polls = 200;
    private const int Changes = 100;

    [Fact]
    public async Task Cost_of_a_poll_with_dead_rows_behind_a_long_transaction_s_snapshot()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, processes: 1);
        await fleet.AddUsersAsync(Users);
        var outbox = new Outbox(fleet.Database, ["users"]);
        var (before, allBefore) = await PollAsync(outbox);
        await using var connection = await fleet.Database.OpenConnectionAsync();
        await using var looking = new NpgsqlCommand(
            "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_xact_id(), count(*) FROM cache_invalidations", connection);
        await looking.ExecuteNonQueryAsync();
        for (var time = 0; time < ChangesOfEach; time++)
        {
            Assert.Equal(Users, await fleet.Database.ExecuteAsync($"UPDATE users SET email = 'after-{time}@example.com'"));
        }

        await fleet.RelayedAsync();
        var (after, allAfter) = await PollAsync(outbox);

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"A poll takes {before:0.00} ms (p50), and {after:0.00} ms with {Users * ChangesOfEach:N0} dead rows behind a transaction's "
            + $"snapshot; one of all changes, every five seconds, {allBefore:0.00} and {allAfter:0.00} ms."));
        Assert.InRange(after, 0, before + 1);
    }

    [Fact]
    public async Task Lag_of_changes_while_more_of_the_outbox_is_locked_than_a_batch()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, processes: 1);
        var ids = await fleet.AddUsersAsync(3 * Batch);
        await using var connection = await fleet.Database.OpenConnectionAsync();
        await using var locking = new NpgsqlCommand("BEGIN; SELECT FROM cache_invalidations FOR KEY SHARE", connection);
        await locking.ExecuteNonQueryAsync();
        Assert.Equal(ids.Length, await fleet.Database.ExecuteAsync("UPDATE cache_invalidations SET relayed_at = NULL"));

        var lags = new List<double>();
        foreach (var id in ids.Take(Changes))
        {
            lags.Add(await Lag.OfOneChangeAsync(fleet, fleet.Replicas[0].Users, id));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"While {ids.Length:N0} rows that are to be relayed are locked, a change is seen after {lags.Percentile(0.5):0} ms (p50), "
            + $"{lags.Percentile(0.99):0} ms (p99), {lags.Max():0} ms (longest of {Changes})."));
        Assert.InRange(lags.Percentile(0.9), 0, 250);
        Assert.InRange(lags.Max(), 0, 1_000);
    }

    private static async Task<(double Usual, double All)> PollAsync(Outbox outbox)
    {
        var horizon = await outbox.HorizonAsync(CancellationToken.None);
        return (await MeasureAsync(horizon), await MeasureAsync(Horizon.None));

        async Task<double> MeasureAsync(Horizon beyond)
        {
            var times = new List<double>();
            for (var poll = 0; poll < Polls; poll++)
            {
                var started = Stopwatch.GetTimestamp();
                await outbox.PendingAsync(beyond, default, Batch, CancellationToken.None);
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            return times.Percentile(0.5);
        }
    }
}
