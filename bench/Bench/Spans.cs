using System.Net.Http.Headers;

namespace UserCache.Bench;

/// <summary>Whether the traces of hits arrive where they are exported to.</summary>
internal static class Spans
{
    public const string Received = "spans received", Due = "spans due: three for each hit", Dropped = "spans that the exporter dropped";

    private const int OfHit = 3;
    private const string Processed = "otel_sdk_processor_span_processed_total";
    private const string Key = "as long as a key of the management port has to be";
    private static readonly int Port = FreePort.Next();
    private static readonly Uri Management = new($"http://127.0.0.1:{FreePort.Next()}");

    // Longer than the exporter waits for more to send.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(6);

    public static IReadOnlyDictionary<string, string> Export { get; } = new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{Port}",
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["Management__Url"] = Management.OriginalString,
        ["Management__Key"] = Key,
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
        // What wrk no longer counted was traced too, so that the two figures alone would not show the loss of a few.
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        var metrics = (await http.GetStringAsync(new Uri(Management, "metrics"))).Split('\n')
            .Where(line => line.StartsWith(Processed, StringComparison.Ordinal))
            .ToList();
        if (metrics.Count == 0)
        {
            throw new InvalidOperationException($"There is no metric {Processed}.");
        }

        var dropped = metrics
            .Where(line => line.Contains("error_type=\"queue_full\"", StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
        findings.Add(Dropped, dropped);
        findings.Add(Received, count);
        findings.Add(Due, OfHit * traced.Requests);
    }
}
