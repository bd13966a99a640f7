namespace UserCache.Bench;

/// <summary>Measures contestants in turns: what disturbs the machine for a while disturbs all of them.</summary>
internal sealed class Race(Field field, Plan plan, Findings findings)
{
    // Each connection to the database is a new process there.
    private const int SecondsToConnect = 3;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5), AfterPause = TimeSpan.FromSeconds(1);

    private RunningContestant? _turn;

    /// <summary>Measures each pair of a contestant and what is asked of it, once a round.</summary>
    public async Task RunAsync(IReadOnlyList<(RunningContestant Contestant, Workload Workload)> pairs)
    {
        var contestants = pairs.Select(pair => pair.Contestant).Distinct().ToList();
        contestants.ForEach(contestant => contestant.Pause());

        foreach (var (contestant, workload) in pairs.DistinctBy(pair => (
            pair.Contestant, pair.Workload.Path, pair.Workload.Status, pair.Workload.Order, pair.Workload.Count,
            pair.Workload.Connections)))
        {
            await TakeTurnAsync(contestant);
            await contestant.LoadAsync(
                workload with { Status = Workload.AnyStatus },
                workload.NeedsDatabase ? Math.Max(plan.WarmUp, SecondsToConnect) : plan.WarmUp);
        }

        for (var round = 1; round <= plan.Rounds; round++)
        {
            foreach (var (contestant, workload) in pairs)
            {
                await TakeTurnAsync(contestant);
                var measured = await MeasureAsync(contestant, workload);
                findings.Add(contestant.Contestant, workload, measured);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{round}/{plan.Rounds}  {contestant.Contestant.Name,-29} {workload.Name,-22} "
                    + $"{measured.Load.PerSecond,9:N0}/s  p99 {measured.Load.P99 / 1000.0,6:F1} ms")
                    + string.Create(
                        CultureInfo.InvariantCulture,
                        $"  {measured.Api,6:F1} + {measured.Redis:F1} + {measured.Postgres:F1} µs  {measured.Allocated,8:N0} B"));
            }
        }

        contestants.ForEach(contestant => contestant.Resume());
    }

    // All others are paused: to be there and to look after its connections costs a contestant a few percent of a core.
    private async Task TakeTurnAsync(RunningContestant contestant)
    {
        if (_turn == contestant)
        {
            return;
        }

        _turn?.Pause();
        _turn = contestant;
        contestant.Resume();
        // In this time it sees whether its connections still are what they were.
        await Task.Delay(AfterPause);
        await contestant.BecomesHealthyAsync();
    }

    private async Task<Measurement> MeasureAsync(RunningContestant contestant, Workload workload)
    {
        if (workload.IsShortLived)
        {
            await contestant.LoadAsync(workload, 1);
        }

        int[] pids = [contestant.Pid, field.Redis.Pid, field.Postgres.Pid];
        var before = Usage.Of(pids);
        var runtime = await contestant.RuntimeAsync();
        // Only while it warms up may it still be opening its connections.
        var load = await contestant.LoadAsync(workload, plan.Seconds) is { Requests: > 0 } some ? some
            : throw new InvalidOperationException($"{contestant.Contestant.Name} answered no \"{workload.Name}\" in {plan.Seconds} s.");
        var idled = workload.Method == "GET" ? [0, 0, 0] : await FinishWritesAsync(pids);
        var allocated = (await contestant.RuntimeAsync()).Allocated - runtime.Allocated;
        var used = Usage.Since(before, pids).Zip(idled, (all, idle) => (all - idle) / load.Requests).ToArray();
        return new Measurement(load, used[0], used[1], used[2], (double)allocated / load.Requests);
    }

    // To relay the changes and to purge them is a part of what writes cost; to be there while no one writes is not.
    private async Task<double[]> FinishWritesAsync(int[] pids)
    {
        var started = Stopwatch.GetTimestamp();
        await field.DrainAsync();
        var drained = Stopwatch.GetElapsedTime(started);
        var before = Usage.Of(pids);
        await Task.Delay(Idle);
        return Array.ConvertAll(Usage.Since(before, pids), idle => idle * ((drained / Idle) + 1));
    }
}
