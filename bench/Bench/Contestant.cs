namespace UserCache.Bench;

/// <summary>A service under test.</summary>
/// <param name="Name">As in the results.</param>
/// <param name="Peer">Its name among the peers; <see langword="null"/> for UserCache.</param>
internal sealed record Contestant(string Name, string? Peer = null)
{
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<Workload> Workloads { get; init; } = [Workload.Hit];

    // What the runtime's switch is worth to such a service.
    private static readonly Dictionary<string, string> Inline = new() { ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1" };

    public static IReadOnlyList<Contestant> All { get; } =
    [
        new("bare", "bare"),
        new("bare, inline completions", "bare") { Settings = Inline },
        new("naive", "naive"),
        new("output cache", "output-cache"),
        new("HybridCache, second level", "hybrid-redis"),
        new("HybridCache, both levels", "hybrid"),
        new("FusionCache, second level", "fusion-redis"),
        new("FusionCache, both levels", "fusion"),
        new("UserCache")
        {
            Workloads = [Workload.Hit, Workload.Negative, Workload.Batch10, Workload.Batch100, Workload.Miss, Workload.Write, Workload.List],
        },
        new("UserCache, telemetry off") { Settings = new Dictionary<string, string> { ["OTEL_SDK_DISABLED"] = "true" } },
        new("Npgsql, no cache", "npgsql"),
        new("EF, no cache", "ef"),
    ];
}

/// <summary>A contestant that runs.</summary>
internal sealed class RunningContestant : Server
{
    private readonly Contestant _contestant;
    private readonly IReadOnlyDictionary<string, string> _connections;
    private readonly int _port = FreePort.Next();
    private int _turn;

    public RunningContestant(Contestant contestant, IReadOnlyDictionary<string, string> connections)
        : base(contestant.Name) => (_contestant, _connections) = (contestant, connections);

    public Contestant Contestant => _contestant;

    public Uri Url => new($"http://127.0.0.1:{_port}");

    public int Probe { get; } = FreePort.Next();

    public Task<LoadResult> LoadAsync(Workload workload, int seconds) => Wrk.RunAsync(Url, workload, seconds, _turn++);

    /// <summary>Starts it and waits until it is ready.</summary>
    public async Task StartAndWaitAsync()
    {
        await StartAsync();
        using var http = new HttpClient { BaseAddress = Url };
        var started = Stopwatch.GetTimestamp();
        while (!await IsReadyAsync(http))
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(1))
            {
                throw new InvalidOperationException($"{Contestant.Name} is not ready after a minute:\n{string.Join('\n', Output.TakeLast(20))}");
            }

            await Task.Delay(50);
        }
    }

    protected override ProcessSpec Command()
    {
        var program = _contestant.Peer is null ? Built("UserCache.ApiService", "UserCache.ApiService") : Built("bench/Peers", "Peers");
        string[] arguments = _contestant.Peer is null ? [program] : [program, "--contestant", _contestant.Peer];
        return new ProcessSpec("dotnet", arguments)
        {
            Environment = new Dictionary<string, string>(_connections.Concat(_contestant.Settings))
            {
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{_port}",
                ["ASPNETCORE_CONTENTROOT"] = Path.GetDirectoryName(program)!,
                ["DOTNET_STARTUP_HOOKS"] = Built("bench/Probe", "Probe"),
                ["BENCH_PROBE"] = $"{Probe}",
            },
        };
    }

    private static string Built(string project, string assembly) =>
        Path.Combine(Repository.Root, project, "bin", Repository.Configuration, "net10.0", $"{assembly}.dll");

    private static async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync("health");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
