namespace UserCache.Bench;

/// <summary>A contestant's process.</summary>
/// <param name="contestant">Which.</param>
/// <param name="connections">To Redis and PostgreSQL, as environment variables.</param>
/// <param name="port">Where it listens.</param>
internal sealed class RunningContestant(Contestant contestant, IReadOnlyDictionary<string, string> connections, int port)
    : Server(contestant.Name)
{
    private int _turn;
    private long _requests;

    public Contestant Contestant => contestant;

    public Uri Url { get; } = new($"http://127.0.0.1:{port}");

    /// <summary>How many requests it has answered.</summary>
    public long Requests => _requests;

    private int Probe { get; } = FreePort.Next();

    private string LastOutput => string.Join('\n', Output.TakeLast(20));

    private bool IsPython => contestant.Peer == Contestant.Tutorial;

    /// <summary>Puts it under load.</summary>
    public async Task<LoadResult> LoadAsync(Workload workload, int seconds)
    {
        LoadResult result;
        try
        {
            result = await Wrk.RunAsync(Url, workload, seconds, _turn++);
        }
        catch (InvalidOperationException failure)
        {
            throw new InvalidOperationException($"{failure.Message}\n{LastOutput}", failure);
        }

        Interlocked.Add(ref _requests, result.Requests);
        return result;
    }

    /// <summary>Asks it once.</summary>
    public async Task<string> AskAsync(HttpClient http, string path)
    {
        Interlocked.Increment(ref _requests);
        return await http.GetStringAsync(new Uri(Url, path));
    }

    /// <summary>What its runtime says of itself; Python's says nothing.</summary>
    public Task<RuntimeUsage> RuntimeAsync() => IsPython ? Task.FromResult(default(RuntimeUsage)) : RuntimeUsage.OfAsync(Probe);

    /// <summary>Starts it and waits until a path is answered.</summary>
    public async Task StartAndWaitAsync(string path = "health")
    {
        await StartAsync();
        await WaitAsync(path);
    }

    /// <summary>Waits until a path is answered, and with this text if one is given.</summary>
    public async Task WaitAsync(string path, string? text = null)
    {
        using var http = new HttpClient { BaseAddress = Url };
        var started = Stopwatch.GetTimestamp();
        while (!await AnswersAsync(http, path, text))
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(1) || Exited.IsCompleted)
            {
                throw new InvalidOperationException($"{contestant.Name} does not answer {path}:\n{LastOutput}");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Waits until it has all that it needs.</summary>
    public Task BecomesHealthyAsync() => WaitAsync("health", contestant.Peer is null ? "Healthy" : null);

    protected override ProcessSpec Command()
    {
        if (IsPython)
        {
            // Debian's own Python has the packages that bench/run installs.
            return new ProcessSpec(
                "/usr/bin/python3",
                "-m", "uvicorn", "main:app", "--app-dir", Path.Combine(Repository.Root, "bench/Peers/tutorial"),
                "--host", "127.0.0.1", "--port", $"{port}", "--workers", "2", "--no-access-log", "--log-level", "warning")
            {
                Environment = new Dictionary<string, string>(connections) { ["PYTHONDONTWRITEBYTECODE"] = "1" },
            };
        }

        var program = contestant.Peer is null ? Built("UserCache.ApiService", "UserCache.ApiService") : Built("bench/Peers", "Peers");
        string[] arguments = contestant.Peer is null ? [program] : [program, "--contestant", contestant.Peer];
        return new ProcessSpec("dotnet", arguments)
        {
            Environment = new Dictionary<string, string>(connections.Concat(contestant.Settings))
            {
                ["ASPNETCORE_URLS"] = Url.ToString(),
                // What UserCache, in production, wants to be told: the others don't ask.
                ["Security__AllowAnonymous"] = "true",
                ["Security__AllowUnencrypted"] = "true",
                ["ASPNETCORE_CONTENTROOT"] = Path.GetDirectoryName(program)!,
                ["DOTNET_STARTUP_HOOKS"] = Built("bench/Probe", "Probe"),
                ["BENCH_PROBE"] = $"{Probe}",
            },
        };
    }

    private static string Built(string project, string assembly) =>
        Path.Combine(Repository.Root, project, "bin", Repository.Configuration, "net10.0", $"{assembly}.dll");

    private static async Task<bool> AnswersAsync(HttpClient http, string path, string? text)
    {
        try
        {
            using var answer = await http.GetAsync(path);
            return answer.IsSuccessStatusCode && (text is null || await answer.Content.ReadAsStringAsync() == text);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

/// <summary>Contestants that run for one part of the bench, and stop with it: what idles disturbs those that are measured.</summary>
internal sealed class Lineup(IReadOnlyList<RunningContestant> contestants) : IAsyncDisposable
{
    public IReadOnlyList<RunningContestant> All => contestants;

    /// <summary>Each with what is asked of it, in turns.</summary>
    public IReadOnlyList<(RunningContestant, Workload)> With(params IReadOnlyList<Workload> workloads) =>
        [.. workloads.SelectMany(workload => contestants.Select(one => (one, workload)))];

    public async ValueTask DisposeAsync() => await Task.WhenAll(contestants.Select(one => one.DisposeAsync().AsTask()));
}
