namespace UserCache.Bench;

/// <summary>One measurement.</summary>
/// <param name="Load">What the load generator saw.</param>
/// <param name="Api">Processor time of the contestant for each request, in microseconds; so for Redis and PostgreSQL.</param>
/// <param name="Redis">Of Redis.</param>
/// <param name="Postgres">Of PostgreSQL.</param>
/// <param name="Allocated">Bytes for each request.</param>
internal sealed record Measurement(LoadResult Load, double Api, double Redis, double Postgres, double Allocated);

/// <summary>All contestants, measured in turns: what disturbs the machine for a while disturbs all of them.</summary>
internal sealed class Race(Field field, IReadOnlyList<RunningContestant> contestants)
{
    /// <summary>Measurements by contestant and workload.</summary>
    public Dictionary<(string Contestant, string Workload), List<Measurement>> Measurements { get; } = [];

    public async Task RunAsync(int rounds, int seconds)
    {
        var warmUp = Math.Max(2, seconds);
        foreach (var (contestant, workload) in Pairs())
        {
            await contestant.LoadAsync(workload, warmUp);
        }

        for (var round = 1; round <= rounds; round++)
        {
            foreach (var (contestant, workload) in Pairs())
            {
                var measured = await MeasureAsync(contestant, workload, seconds);
                Add(contestant.Contestant.Name, workload.Name, measured);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{round}/{rounds}  {contestant.Contestant.Name,-27} {workload.Name,-13} {measured.Load.PerSecond,9:N0}/s  p99 {measured.Load.P99 / 1000.0,6:F1} ms  {measured.Api,6:F1} + {measured.Redis:F1} + {measured.Postgres:F1} µs  {measured.Allocated,8:N0} B"));
            }
        }
    }

    private async Task<Measurement> MeasureAsync(RunningContestant contestant, Workload workload, int seconds)
    {
        int[] pids = [contestant.Pid, field.Redis.Pid, field.Postgres.Pid];
        var before = Array.ConvertAll(pids, Usage.Of);
        var runtime = await RuntimeUsage.OfAsync(contestant.Probe);
        var load = await contestant.LoadAsync(workload, seconds);
        var allocated = (await RuntimeUsage.OfAsync(contestant.Probe)).Allocated - runtime.Allocated;
        var used = pids.Zip(before, (pid, then) => (Usage.Of(pid).Cpu - then.Cpu).TotalMicroseconds / load.Requests).ToArray();
        return new Measurement(load, used[0], used[1], used[2], (double)allocated / load.Requests);
    }

    private IEnumerable<(RunningContestant Contestant, Workload Workload)> Pairs() =>
        contestants.SelectMany(contestant => contestant.Contestant.Workloads.Select(workload => (contestant, workload)));

    private void Add(string contestant, string workload, Measurement measured)
    {
        if (!Measurements.TryGetValue((contestant, workload), out var all))
        {
            Measurements[(contestant, workload)] = all = [];
        }

        all.Add(measured);
    }
}
