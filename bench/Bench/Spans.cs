namespace UserCache.Bench;

/// <summary>Whether the traces of hits arrive where they are exported to.</summary>
internal static class Spans
{
    public const string Received = "spans received", Due = "spans due: three for each hit";

    private const int OfHit = 3;
    private static readonly int Port = FreePort.Next();

    // Longer than the exporter waits for more to send.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(6);

    public static IReadOnlyDictionary<string, string> Export { get; } = new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{Port}",
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
    };

    /// <summary>The service that counts them.</summary>
    public static Contestant Sink { get; } = new("trace sink", "sink");

    public static int? PortOf(Contestant contestant) => contestant == Sink ? Port : null;

    /// <summary>Waits until a contestant has exported its rest, and notes how many spans came.</summary>
    public static async Task CountAsync(RunningContestant traced, RunningContestant sink, Findings findings)
    {
        using var http = new HttpClient();
        long before, count = -1;
        do
        {
            before = count;
            await Task.Delay(before < 0 ? TimeSpan.Zero : Quiet);
            count = long.Parse(await http.GetStringAsync(new Uri(sink.Url, "spans")), CultureInfo.InvariantCulture);
        }
        while (count != before);
        findings.Add(Received, count);
        findings.Add(Due, OfHit * traced.Requests);
    }
}
