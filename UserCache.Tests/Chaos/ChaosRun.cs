namespace UserCache.Tests.Chaos;

/// <summary>One run: servers, load, faults, calm, and what came of it.</summary>
/// <param name="settings">How much, and for how long.</param>
/// <param name="progress">Is told how it goes.</param>
internal sealed class ChaosRun(ChaosSettings settings, Action<string> progress)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    private readonly Journal _journal = new();

    public async Task<RunResult> RunAsync()
    {
        progress($"Starting the servers. To repeat this run: {settings.Command}");
        await using var servers = new Topology(settings.NearLife);
        await servers.StartAsync();
        await using var database = NpgsqlDataSource.Create($"{servers.Postgres.ConnectionString};Timeout=5;Command Timeout=10");
        using var api = new ApiCalls([.. servers.Replicas.Select(replica => replica.Url)]);
        var load = new Load(api, new SqlCalls(database), await Topology.UsernamesAsync(database), _journal, settings.Seed);
        var faults = new FaultInjector(servers);
        servers.Proxy.HidesRun = settings.NeverTellsRun;

        var started = Stopwatch.GetTimestamp();
        using var stop = new CancellationTokenSource();
        var running = load.RunAsync(stop.Token);
        var watching = WatchAsync(faults, started, stop.Token);
        try
        {
            await Task.Delay(WarmUp, CancellationToken.None);
            var injecting = InjectAsync(servers, faults, started);
            await Task.WhenAll(injecting, SlowDownAsync(faults, until: injecting));
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(running, watching);
        }

        var duration = Stopwatch.GetElapsedTime(started);
        progress("All faults are undone and the load has stopped; waiting for calm.");
        var final = await FinalState.InspectAsync(servers, api, database, settings.NearLife);
        var history = new History(_journal.Operations, [.. faults.Done], final.Rows, settings.NearLife, [.. faults.Swaps], _journal.Pairs);
        return new RunResult(settings, started, duration, history, Checker.Check(history), final, [.. servers.Errors]);
    }

    // Each kind of fault at least once; more rounds until the time is over.
    private async Task InjectAsync(Topology servers, FaultInjector faults, long started)
    {
        var random = new Random(settings.Seed);
        var isFirstRound = true;
        do
        {
            foreach (var step in Schedule.Round(random)
                .TakeWhile(_ => isFirstRound || Stopwatch.GetElapsedTime(started) < settings.Duration))
            {
                await faults.RunAsync(step);
                servers.Proxy.HidesRun |= Stopwatch.GetElapsedTime(started) > settings.Duration / 2;
            }

            isFirstRound = false;
        }
        while (Stopwatch.GetElapsedTime(started) < settings.Duration);
    }

    private async Task SlowDownAsync(FaultInjector faults, Task until)
    {
        var random = new Random(~settings.Seed);
        while (!until.IsCompleted)
        {
            await faults.RunAsync(Schedule.Slowness(random));
        }
    }

    private async Task WatchAsync(FaultInjector faults, long started, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(ProgressInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var (reads, hits, writes, failures) = _journal.Counts;
                var now = string.Join(", ", faults.Current.Select(fault => fault.Replica < 0
                    ? $"{fault.Kind}"
                    : string.Create(CultureInfo.InvariantCulture, $"{fault.Kind} {fault.Replica}")));
                progress(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Stopwatch.GetElapsedTime(started):mm\\:ss}  {reads,9:N0} reads ({100.0 * hits / Math.Max(1, reads):F0} % hits)  "
                    + $"{writes,7:N0} writes  {failures,6:N0} failed  {faults.Done.Count,3} faults  {now}"));
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}

/// <summary>What came of a run.</summary>
internal sealed record RunResult(
    ChaosSettings Settings, long Started, TimeSpan Duration, History History, Verdict Verdict, FinalState Final,
    IReadOnlyList<string> Errors)
{
    private const int LeastHits = 2_000;
    private const int LeastNearHits = 300;
    private const int LeastPairs = 20;
    private const double LeastHitShare = 0.1;

    /// <summary>What did not happen that has to, for the run to have shown anything.</summary>
    public IEnumerable<string> Gaps
    {
        get
        {
            var reads = History.Operations.Where(operation => operation.Kind == OperationKind.Read && operation.IsAnswered).ToList();
            var hits = reads.Count(read => read.IsHit);
            if (hits < LeastHits || hits < LeastHitShare * reads.Count)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"only {hits} of {reads.Count} reads hit the cache");
            }

            var teamHits = reads.Count(read => read.IsHit && ChaosRow.IsTeam(read.Key));
            if (teamHits < LeastHits / 20 || History.Pairs!.Count < LeastPairs || Final.CachedTeams == 0)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"only {teamHits} hits of teams, {History.Pairs!.Count} changes of two, {Final.CachedTeams} cached in the end");
            }

            if (History.NearLife > TimeSpan.Zero && reads.Count(read => read.IsNear) is < LeastNearHits and var near)
            {
                yield return $"only {near} reads were answered by a copy near them";
            }

            foreach (var kind in Enum.GetValues<FaultKind>().Where(kind => History.Faults.All(fault => fault.Kind != kind)))
            {
                yield return $"the fault {kind} did not take place";
            }

            foreach (var (kind, outcome) in new[]
            {
                (OperationKind.ApiWrite, Outcome.Ok), (OperationKind.ApiWrite, Outcome.Pending),
                (OperationKind.SqlWrite, Outcome.Ok), (OperationKind.SqlRead, Outcome.Ok),
            })
            {
                if (!History.Operations.Any(operation => operation.Kind == kind && operation.Outcome == outcome))
                {
                    yield return $"no {kind} ended as {outcome}";
                }
            }

            if (Final.Cached == 0)
            {
                yield return "the cache was empty in the end";
            }
        }
    }

    public bool IsGood => Verdict.IsGood && Final.Differences.Count == 0 && !Gaps.Any();
}
