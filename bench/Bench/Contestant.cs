namespace UserCache.Bench;

/// <summary>A service under test.</summary>
/// <param name="Name">As in the results.</param>
/// <param name="Peer">Its name among the peers; <see langword="null"/> for UserCache.</param>
internal sealed record Contestant(string Name, string? Peer = null)
{
    /// <summary>The peer that is in Python.</summary>
    public const string Tutorial = "tutorial";

    // What the runtime's switch is worth to such a service.
    private static readonly Dictionary<string, string> Inline = new() { ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1" };

    public static Contestant Bare { get; } = new("bare", "bare");

    public static Contestant BareInline { get; } = new("bare, inline completions", "bare") { Settings = Inline };

    public static Contestant Naive { get; } = new("naive", "naive");

    public static Contestant OutputCache { get; } = new("output cache", "output-cache");

    public static Contestant HybridSecond { get; } = new("HybridCache, second level", "hybrid-redis");

    public static Contestant HybridBoth { get; } = new("HybridCache, both levels", "hybrid");

    public static Contestant FusionSecond { get; } = new("FusionCache, second level", "fusion-redis");

    public static Contestant FusionBoth { get; } = new("FusionCache, both levels", "fusion");

    public static Contestant FastApi { get; } = new("FastAPI tutorial, two workers", Tutorial);

    public static Contestant UserCache { get; } = new("UserCache")
    {
        Reads = [Workload.Hit, Workload.Negative, Workload.Batch10, Workload.Batch100, Workload.Miss, Workload.List],
    };

    public static Contestant Near { get; } = new("UserCache, near cache")
    {
        Settings = new Dictionary<string, string> { ["Cache__NearCacheBytes"] = $"{64 << 20}" },
    };

    public static Contestant UserCacheInline { get; } = new("UserCache, inline completions") { Settings = Inline };

    public static Contestant Untraced { get; } = new("UserCache, telemetry off")
    {
        Settings = new Dictionary<string, string> { ["OTEL_SDK_DISABLED"] = "true" },
    };

    public static Contestant Traced { get; } = new("UserCache, traces exported") { Settings = Spans.Export };

    public static Contestant Npgsql { get; } = new("Npgsql, no cache", "npgsql") { Reads = [Workload.Read] };

    public static Contestant Ef { get; } = new("EF, no cache", "ef") { Reads = [Workload.Read] };

    /// <summary>In the order of their turns: what is compared most closely is measured one after the other.</summary>
    public static IReadOnlyList<Contestant> All { get; } =
    [
        FastApi, OutputCache, HybridSecond, FusionSecond, Naive, Bare, UserCache, Npgsql, Ef, Untraced, Traced, UserCacheInline, BareInline,
        Near, HybridBoth, FusionBoth,
    ];

    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>What is measured in the race of all.</summary>
    public IReadOnlyList<Workload> Reads { get; init; } = [Workload.Hit];
}
