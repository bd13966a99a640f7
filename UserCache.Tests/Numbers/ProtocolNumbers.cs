using System.Text;
using Xunit.Abstractions;

namespace UserCache.Tests.Numbers;

/// <summary>
/// What the protocol costs, printed as it ends. "Without" is a second replica of the same build in the same run that does
/// not reach Redis: its circuit breaker is open, so that it leaves the protocol's steps out and does everything else.
/// </summary>
[Collection(TimedGroup.Name)]
[Trait("Run", "numbers")]
public sealed class ProtocolNumbers(App app, ITestOutputHelper output)
{
    private const int Calls = 1_000;
    private const int Block = 200;
    private const int Lags = 500;

    [Fact]
    public async Task Costs_of_writes_misses_and_hits_and_the_lag_of_plain_SQL()
    {
        var report = new StringBuilder("| call | p50 ms | p99 ms | CPU of the API, µs a call |\n|---|---|---|---|\n");
        await using (var fleet = await Fleet.StartAsync(app, replicas: 2, processes: 2))
        {
            var (with, without) = (fleet.Replicas[0], fleet.Replicas[1]);
            without.ToRedis.Cut();
            await Eventually.GetAsync(
                async () => (await without.Users.GetAsync(1)).CacheStatus,
                status => status.Contains("fwd=bypass", StringComparison.Ordinal));

            var written = await fleet.AddUserAsync();
            await CompareAsync(
                report,
                new Measurement(
                    "write, with the protocol", with, "fwd=method",
                    () => with.Users.PutAsync(written, new { username = "measured" })),
                new Measurement(
                    "write, without", without, "fwd=method; detail=invalidation-pending",
                    () => without.Users.PutAsync(written, new { username = "measured" })));

            var cold = new Queue<long>(await fleet.AddUsersAsync((Calls + Block) * 2));
            await CompareAsync(
                report,
                new Measurement("miss, with the protocol", with, "fwd=uri-miss; stored", () => with.Users.GetAsync(cold.Dequeue())),
                new Measurement(
                    "read without a cache", without, "fwd=bypass; detail=redis-unavailable",
                    () => without.Users.GetAsync(cold.Dequeue())));

            var hot = await fleet.AddUserAsync();
            await with.Users.GetAsync(hot);
            await CompareAsync(report, new Measurement("hit", with, "hit; ttl=", () => with.Users.GetAsync(hot)));
        }

        await using (var fleet = await Fleet.StartAsync(app, replicas: 3, processes: 3))
        {
            var lags = await MeasureLagAsync(fleet);
            report.Append(
                CultureInfo.InvariantCulture,
                $"\nA row changed by plain SQL is seen through the cache ({Lags} changes, three replicas) after "
                + $"{lags.Percentile(0.5):0} ms (p50), {lags.Percentile(0.99):0} ms (p99), {lags.Max():0} ms (longest).\n");
        }

        output.WriteLine(report.ToString());
    }

    /// <summary>Measures in turns, so that whatever else the machine does hits all alike; the first turn of each is not counted.</summary>
    private static async Task CompareAsync(StringBuilder report, params Measurement[] measurements)
    {
        for (var done = -Block; done < Calls; done += Block)
        {
            foreach (var measurement in measurements)
            {
                await measurement.RunAsync(Block, isCounted: done >= 0);
            }
        }

        foreach (var measurement in measurements)
        {
            report.AppendLine(measurement.ToString());
        }
    }

    private static async Task<List<double>> MeasureLagAsync(Fleet fleet)
    {
        var lags = new List<double>();
        var ids = await fleet.AddUsersAsync(Lags);
        for (var turn = 0; turn < Lags; turn++)
        {
            lags.Add(await Lag.OfOneChangeAsync(fleet, fleet.Replicas[turn % fleet.Replicas.Count].Users, ids[turn]));
        }

        return lags;
    }

    private sealed class Measurement(string name, Replica replica, string expected, Func<Task<Answer>> call)
    {
        private readonly List<double> _milliseconds = [];
        private TimeSpan _processorTime;

        public async Task RunAsync(int calls, bool isCounted)
        {
            var before = replica.Process.ProcessorTime;
            for (var done = 0; done < calls; done++)
            {
                var started = Stopwatch.GetTimestamp();
                var answer = await call();
                if (isCounted)
                {
                    _milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }

                Assert.StartsWith($"UserCache; {expected}", answer.CacheStatus, StringComparison.Ordinal);
            }

            if (isCounted)
            {
                _processorTime += replica.Process.ProcessorTime - before;
            }
        }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {_milliseconds.Percentile(0.5):0.00} | {_milliseconds.Percentile(0.99):0.00} | "
            + $"{_processorTime.TotalMicroseconds / _milliseconds.Count:0} |");
    }
}
