using System.Diagnostics.Metrics;
using UserCache.Caching;
using UserCache.ApiService.Users;

namespace UserCache.ApiService.Console;

/// <summary>One second. Durations are histograms: bucket b counts what took up to 2^(b/4) µs.</summary>
internal sealed class ActivitySample
{
    public long T { get; set; } // Unix time, s
    public Dictionary<string, long> Outcomes { get; } = []; // of the keys asked of the cache
    public long Failures { get; set; } // calls answered 5xx
    public Dictionary<int, long> Latency { get; } = []; // of the reads of one user
    public bool GateOpen { get; set; } // at its end: whether Redis was relied on
    public int Breaker { get; set; } // 0 closed, 1 open, 2 half-open
    public long? OutboxDepth { get; set; } // changes that wait to be relayed; unknown while PostgreSQL is away
    public bool DatabaseAvailable => OutboxDepth is not null;
    public Dictionary<int, long> Lag { get; } = []; // of the changes that this replica relayed
    public long AuditChecked { get; set; } // entries compared with the database
    public long AuditStale { get; set; } // entries that were wrong
}

/// <summary>Adds up what the instruments say within one second. It knows their names, and nothing of who owns them.</summary>
internal sealed class SecondTally : IDisposable
{
    private const string RequestDuration = "http.server.request.duration";
    private const string OneUser = $"{UsersApi.Path}/{{id}}";
    private const int BucketsToDouble = 4;

    private static readonly Dictionary<string, Adding> Instruments = new()
    {
        [CacheTelemetry.Requests] = (sample, value, tags) => Count(sample.Outcomes, $"{Tag(tags, CacheTelemetry.OutcomeTag)}", (long)value),
        [CacheTelemetry.InvalidationLag] = (sample, value, _) => Count(sample.Lag, Bucket(value)),
        [CacheTelemetry.AuditChecked] = (sample, value, _) => sample.AuditChecked += (long)value,
        [CacheTelemetry.AuditStale] = (sample, value, _) => sample.AuditStale += (long)value,
        [CacheTelemetry.BreakerState] = (sample, value, _) => sample.Breaker = (int)value,
        [CacheTelemetry.GateState] = (sample, value, _) => sample.GateOpen = value > 0,
        [CacheTelemetry.OutboxDepth] = (sample, value, _) => sample.OutboxDepth = (long)value,
        [RequestDuration] = AddRequest,
    };

    private readonly MeterListener _listener = new();
    private readonly Lock _adding = new();
    private ActivitySample _sample = new();

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

    private delegate void Adding(ActivitySample sample, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags);

    /// <summary>Ends the second, and begins the next.</summary>
    /// <param name="second">Which it was, as Unix time.</param>
    public ActivitySample Take(long second)
    {
        _listener.RecordObservableInstruments();
        lock (_adding)
        {
            var sample = _sample;
            sample.T = second;
            _sample = new ActivitySample();
            return sample;
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Adding add, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_adding)
        {
            add(_sample, value, tags);
        }
    }

    private static void AddRequest(ActivitySample sample, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var route = Tag(tags, "http.route") as string;
        var failed = Tag(tags, "http.response.status_code") is >= StatusCodes.Status500InternalServerError;
        if (failed && route?.StartsWith(UsersApi.Path, StringComparison.Ordinal) == true)
        {
            sample.Failures++;
        }
        else if (!failed && route == OneUser && Tag(tags, "http.request.method") is "GET")
        {
            Count(sample.Latency, Bucket(seconds));
        }
    }

    private static int Bucket(double seconds) => (int)Math.Ceiling(Math.Log2(Math.Max(1, seconds * 1e6)) * BucketsToDouble);

    private static void Count<T>(Dictionary<T, long> counts, T key, long more = 1) where T : notnull =>
        counts[key] = counts.GetValueOrDefault(key) + more;

    private static object? Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var tag in tags)
        {
            if (tag.Key == name)
            {
                return tag.Value;
            }
        }

        return null;
    }
}
