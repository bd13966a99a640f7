namespace UserCache.Bench;

/// <summary>A moment of a soak.</summary>
/// <param name="Second">Since its start.</param>
/// <param name="Rss">Bytes in memory.</param>
/// <param name="Handles">Open ones.</param>
/// <param name="Threads">Of the process.</param>
/// <param name="Heap">Bytes, with garbage.</param>
/// <param name="Paused">Share of the time since the sample before in which garbage collections stopped everything.</param>
internal sealed record SoakSample(double Second, long Rss, int Handles, int Threads, long Heap, double Paused);

/// <summary>Hits for a long time, with a few writes: does anything grow?</summary>
internal sealed class Soak : IPart
{
    public const string Growth = "memory in the last quarter / in the second", Paused = "share of the time in garbage collections' pauses";

    private const int Samples = 120;
    private static readonly TimeSpan BetweenWrites = TimeSpan.FromMilliseconds(100);

    public string Name => "soak";

    public async Task RunAsync(Field field, Plan plan, Findings findings)
    {
        await using var lineup = await field.StartAsync(Contestant.UserCache);
        var api = lineup.All[0];
        await api.LoadAsync(Workload.Hit, plan.WarmUp);
        var samples = findings.Soak;
        var (started, before) = (Stopwatch.GetTimestamp(), await api.RuntimeAsync());
        var load = api.LoadAsync(Workload.Hit, plan.SoakSeconds);
        var writes = WriteAsync(api.Url, load);
        var (last, runtime) = (0.0, before);
        while (!load.IsCompleted)
        {
            await Task.Delay(TimeSpan.FromSeconds((double)plan.SoakSeconds / Samples));
            var (now, then) = (Stopwatch.GetElapsedTime(started).TotalSeconds, runtime);
            runtime = await api.RuntimeAsync();
            using var process = Process.GetProcessById(api.Pid);
            samples.Add(new SoakSample(
                now, process.WorkingSet64, process.HandleCount, process.Threads.Count, runtime.Heap,
                (runtime.Paused - then.Paused) / 1000 / (now - last)));
            last = now;
        }

        await Task.WhenAll(load, writes);
        var quarter = samples.Count / 4;
        findings.Add(
            Growth,
            samples.TakeLast(quarter).Average(one => one.Rss) / samples.Skip(quarter).Take(quarter).Average(one => one.Rss));
        findings.Add(Paused, (runtime.Paused - before.Paused) / 1000 / last);
        await field.DrainAsync();
    }

    private static async Task WriteAsync(Uri url, Task until)
    {
        using var http = new HttpClient { BaseAddress = url };
        while (!until.IsCompleted)
        {
            var id = Random.Shared.Next(Workload.Hit.First, Workload.Hit.First + Workload.Hit.Count);
            using var body = new StringContent($$"""{"username": "user-{{id}}"}""", null, "application/json");
            using var answer = await http.PutAsync($"api/v1/users/{id}", body);
            answer.EnsureSuccessStatusCode();
            await Task.Delay(BetweenWrites);
        }
    }
}
