using System.Diagnostics.Metrics;
using UserCache.Caching;

namespace UserCache.ApiService.Console;

/// <summary>One second of one cache. Durations are histograms: bucket b counts what took up to 2^(b/4) µs.</summary>
internal sealed class CacheCounts
{
    public Dictionary<string, long> Outcomes { get; } = []; // of the keys asked of the cache
    public long Failures { get; set; } // calls answered 5xx
    public Dictionary<int, long> Latency { get; } = []; // of the reads of one row
    public Dictionary<int, long> Lag { get; } = []; // of the changes that this replica relayed
    public long AuditChecked { get; set; } // entries compared with the database
    public long AuditStale { get; set; } // entries that were wrong
}

/// <summary>One second of the process, with each cache that was ever heard of, by name: all but the counts they have in common.</summary>
internal sealed class Second(IEnumerable<string> caches)
{
    public long T { get; set; } // Unix time, s
    public bool GateOpen { get; set; } // at its end: whether Redis was relied on
    public int Breaker { get; set; } // 0 closed, 1 open, 2 half-open
    public long? OutboxDepth { get; set; } // changes that wait to be relayed; unknown while PostgreSQL is away
    public bool DatabaseAvailable => OutboxDepth is not null;
    public Dictionary<string, CacheCounts> Caches { get; } = caches.ToDictionary(name => name, _ => new CacheCounts());
}

/// <summary>Adds up what the instruments say within one second. It knows their names, and nothing of who owns them.</summary>
internal sealed class SecondTally : IDisposable
{
    private const string RequestDuration = "http.server.request.duration";
    private const int BucketsToDouble = 4;

    private static readonly Dictionary<string, Adding> Instruments = new()
    {
        [CacheTelemetry.Requests] = (second, value, tags) =>
            Count(CountsOf(second, tags).Outcomes, $"{Tag(tags, CacheTelemetry.OutcomeTag)}", (long)value),
        [CacheTelemetry.InvalidationLag] = (second, value, tags) => Count(CountsOf(second, tags).Lag, Bucket(value)),
        [CacheTelemetry.AuditChecked] = (second, value, tags) => CountsOf(second, tags).AuditChecked += (long)value,
        [CacheTelemetry.AuditStale] = (second, value, tags) => CountsOf(second, tags).AuditStale += (long)value,
        [CacheTelemetry.BreakerState] = (second, value, _) => second.Breaker = (int)value,
        [CacheTelemetry.GateState] = (second, value, _) => second.GateOpen = value > 0,
        [CacheTelemetry.OutboxDepth] = (second, value, _) => second.OutboxDepth = (long)value,
        [RequestDuration] = AddRequest,
    };

    private readonly MeterListener _listener = new();
    private readonly Lock _adding = new();
    private Second _second = new([]);

    public SecondTally(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Of this host: tests have several in one process.
            if (instrument.Meter.Scope == meters && Instruments.TryGetValue(instrument.Name, out var add))
            {
                listener.EnableMeasurementEvents(instrument, add);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, add) => Add((Adding)add!, value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, add) => Add((Adding)add!, value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, add) => Add((Adding)add!, value, tags));
        _listener.Start();
    }

    private delegate void Adding(Second second, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags);

    /// <summary>Ends the second, and begins the next.</summary>
    /// <param name="time">Which it was, as Unix time.</param>
    public Second Take(long time)
    {
        _listener.RecordObservableInstruments();
        lock (_adding)
        {
            var ended = _second;
            ended.T = time;
            _second = new Second(ended.Caches.Keys);
            return ended;
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Adding add, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_adding)
        {
            add(_second, value, tags);
        }
    }

    private static CacheCounts CountsOf(Second second, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = $"{Tag(tags, CacheTelemetry.CacheNameTag)}";
        return second.Caches.TryGetValue(name, out var counts) ? counts : second.Caches[name] = new CacheCounts();
    }

    // A cache's rows are called by its name.
    private static void AddRequest(Second second, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var route = (Tag(tags, "http.route") as string)?.Split('/');
        if (route is not ["", "api", "v1", var name, .. var rest] || !second.Caches.TryGetValue(name, out var counts))
        {
            return;
        }

        if (Tag(tags, "http.response.status_code") is >= StatusCodes.Status500InternalServerError)
        {
            counts.Failures++;
        }
        else if (rest is [['{', ..]] && Tag(tags, "http.request.method") is "GET")
        {
            Count(counts.Latency, Bucket(seconds));
        }
    }

    private static int Bucket(double seconds) => (int)Math.Ceiling(Math.Log2(Math.Max(1, seconds * 1e6)) * BucketsToDouble);

    private static void Count<T>(Dictionary<T, long> counts, T key, long more = 1) where T : notnull =>
        counts[key] = counts.GetValueOrDefault(key) + more;

    private static object? Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name) =>
        tags.ToArray().FirstOrDefault(tag => tag.Key == name).Value;
}
