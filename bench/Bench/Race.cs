namespace UserCache.Bench;

/// <summary>Measures contestants in turns: what disturbs the machine for a while disturbs all of them.</summary>
internal sealed class Race(Field field, Plan plan, Findings findings)
{
    // Each connection to the database is a new process there.
    private const int SecondsToConnect = 3;

    /// <summary>Measures each pair of a contestant and what is asked of it, once a round.</summary>
    public async Task RunAsync(IReadOnlyList<(RunningContestant Contestant, Workload Workload)> pairs)
    {
        foreach (var (contestant, workload) in pairs.DistinctBy(pair => (pair.Contestant, pair.Workload.Path, pair.Workload.Status, pair.Workload.Order, pair.Workload.Count, pair.Workload.Connections)))
        {
            await contestant.LoadAsync(workload, workload.NeedsDatabase ? Math.Max(plan.WarmUp, SecondsToConnect) : plan.WarmUp);
        }

        for (var round = 1; round <= plan.Rounds; round++)
        {
            foreach (var (contestant, workload) in pairs)
            {
                var measured = await MeasureAsync(contestant, workload);
                findings.Add(contestant.Contestant, workload, measured);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{round}/{plan.Rounds}  {contestant.Contestant.Name,-29} {workload.Name,-22} {measured.Load.PerSecond,9:N0}/s  p99 {measured.Load.P99 / 1000.0,6:F1} ms")
                    + string.Create(
                        CultureInfo.InvariantCulture,
                        $"  {measured.Api,6:F1} + {measured.Redis:F1} + {measured.Postgres:F1} µs  {measured.Allocated,8:N0} B"));
            }
        }
    }

    private async Task<Measurement> MeasureAsync(RunningContestant contestant, Workload workload)
    {
        if (workload.IsShortLived)
        {
            await contestant.LoadAsync(workload, 1);
        }

        int[] pids = [contestant.Pid, field.Redis.Pid, field.Postgres.Pid];
        var before = Array.ConvertAll(pids, Usage.Of);
        var runtime = await contestant.RuntimeAsync();
        // Only while it warms up may it still be opening its connections.
        var load = await contestant.LoadAsync(workload, plan.Seconds) is { Requests: > 0 } some ? some
            : throw new InvalidOperationException($"{contestant.Contestant.Name} answered no \"{workload.Name}\" in {plan.Seconds} s.");
        if (workload.Method != "GET")
        {
            // To relay the changes and to purge them is a part of what writes cost, and not of what the next one in turn does.
            await field.DrainAsync();
        }

        var allocated = (await contestant.RuntimeAsync()).Allocated - runtime.Allocated;
        var used = pids.Zip(before, (pid, then) => (Usage.Of(pid).Cpu - then.Cpu).TotalMicroseconds / load.Requests).ToArray();
        return new Measurement(load, used[0], used[1], used[2], (double)allocated / load.Requests);
    }
}
