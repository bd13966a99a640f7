namespace UserCache.Bench;

/// <summary>What wrk saw.</summary>
internal sealed record LoadResult(long Requests, long Microseconds, long Refused, long Broken, long P50, long P99)
{
    public double PerSecond => Requests * 1e6 / Microseconds;
}

/// <summary>The load generator.</summary>
internal static class Wrk
{
    private const string Mark = "RESULT ";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "load.lua");

    /// <param name="service">Whom to ask.</param>
    /// <param name="workload">What.</param>
    /// <param name="seconds">For how long.</param>
    /// <param name="turn">
    /// How often this was done before: each time other ids are asked for, and those that are to be asked for once begin further on.
    /// </param>
    public static async Task<LoadResult> RunAsync(Uri service, Workload workload, int seconds, int turn)
    {
        const int OnceEach = 100_000;
        var isOnce = workload.Order == Order.Once;
        var first = isOnce ? workload.First + (turn * OnceEach % (workload.Count - OnceEach)) : workload.First;
        var spec = new ProcessSpec(
            Tool.Find("wrk", "wrk", "wrk"),
            "--threads", "2", "--connections", $"{workload.Connections}", "--duration", $"{seconds}s", "--timeout", "10s",
            "--script", Script, service.ToString())
        {
            Environment = new Dictionary<string, string>
            {
                ["LOAD_PATH"] = workload.Path,
                ["LOAD_METHOD"] = workload.Method,
                ["LOAD_FIRST"] = $"{first}",
                ["LOAD_COUNT"] = $"{(isOnce ? OnceEach : workload.Count)}",
                ["LOAD_BATCH"] = $"{workload.Batch}",
                ["LOAD_ORDER"] = $"{workload.Order}".ToLowerInvariant(),
                ["LOAD_TURN"] = $"{turn}",
            },
        };
        await using var wrk = await SupervisedProcess.StartAsync(spec, TimeSpan.FromSeconds(10));
        await wrk.Exited;
        var line = wrk.Output.LastOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"wrk gave no result:\n{string.Join('\n', wrk.Output)}");
        var result = JsonSerializer.Deserialize<LoadResult>(line[Mark.Length..], Json)!;
        // Each thread asks for half of them, and not a user twice: that would be a hit.
        if (isOnce && result.Requests > OnceEach * 3 / 4)
        {
            throw new InvalidOperationException(
                $"{service} answered more than {OnceEach} users allow: some of these misses may have been hits.");
        }

        // wrk counts every status from 400 as an error.
        var expected = workload.Status >= 400 ? result.Requests : 0;
        return (result.Refused == expected || workload.Status == Workload.AnyStatus) && result.Broken == 0
            ? result
            : throw new InvalidOperationException($"{service} did not answer \"{workload.Name}\" with {workload.Status} only: {line}");
    }
}
