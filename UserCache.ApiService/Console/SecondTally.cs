using System.Diagnostics.Metrics;
using UserCache.Caching;
using UserCache.ApiService.Users;

namespace UserCache.ApiService.Console;

/// <summary>Adds up what the instruments say within one second. It knows their names, and nothing of who owns them.</summary>
internal sealed class SecondTally : IDisposable
{
    private const string RequestDuration = "http.server.request.duration";
    private const string OneUser = $"{UsersApi.Path}/{{id}}";
    private const int BucketsToDouble = 4;

    private readonly IMeterFactory _meters;
    private readonly MeterListener _listener = new();
    private readonly Lock _adding = new();
    private readonly Dictionary<string, long> _outcomes = Enum.GetValues<CacheOutcome>().ToDictionary(CacheTelemetry.Name, _ => 0L);

    private Dictionary<int, long> _latency = [];
    private Dictionary<int, long> _lag = [];
    private long _failures;
    private long _auditChecked;
    private long _auditStale;
    private int _breaker;
    private bool _gateOpen;
    private long? _outboxDepth;

    public SecondTally(IMeterFactory meters)
    {
        _meters = meters;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // The server's own meter belongs to the process' factory too.
            if (instrument.Meter.Scope == _meters && (instrument.Meter.Name == CacheTelemetry.MeterName || instrument.Name == RequestDuration))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        _listener.Start();
    }

    /// <summary>Ends the second, and begins the next.</summary>
    /// <param name="second">Which it was, as Unix time.</param>
    public ActivitySample Take(long second)
    {
        lock (_adding)
        {
            _outboxDepth = null;
        }

        _listener.RecordObservableInstruments();
        lock (_adding)
        {
            var sample = new ActivitySample(
                second, new Dictionary<string, long>(_outcomes), _failures, _latency, _gateOpen, _breaker,
                DatabaseAvailable: _outboxDepth is not null, _outboxDepth, _lag, _auditChecked, _auditStale);
            (_latency, _lag) = ([], []);
            (_failures, _auditChecked, _auditStale) = (0, 0, 0);
            foreach (var outcome in _outcomes.Keys)
            {
                _outcomes[outcome] = 0;
            }

            return sample;
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Add(string instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_adding)
        {
            switch (instrument)
            {
                case CacheTelemetry.Requests when Tag(tags, CacheTelemetry.OutcomeTag) is string outcome:
                    _outcomes[outcome] += (long)value;
                    break;
                case RequestDuration:
                    AddRequest(value, tags);
                    break;
                case CacheTelemetry.InvalidationLag:
                    Count(_lag, value);
                    break;
                case CacheTelemetry.AuditChecked:
                    _auditChecked += (long)value;
                    break;
                case CacheTelemetry.AuditStale:
                    _auditStale += (long)value;
                    break;
                case CacheTelemetry.BreakerState:
                    _breaker = (int)value;
                    break;
                case CacheTelemetry.GateState:
                    _gateOpen = value > 0;
                    break;
                case CacheTelemetry.OutboxDepth:
                    _outboxDepth = (long)value;
                    break;
            }
        }
    }

    private void AddRequest(double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Tag(tags, "http.route") is not string route || !route.StartsWith(UsersApi.Path, StringComparison.Ordinal))
        {
            return;
        }

        if (Tag(tags, "http.response.status_code") is >= StatusCodes.Status500InternalServerError)
        {
            _failures++;
        }
        else if (route == OneUser && Tag(tags, "http.request.method") is "GET")
        {
            Count(_latency, seconds);
        }
    }

    private static void Count(Dictionary<int, long> buckets, double seconds)
    {
        var microseconds = Math.Max(1, seconds * TimeSpan.MicrosecondsPerSecond);
        var bucket = (int)Math.Ceiling(Math.Log2(microseconds) * BucketsToDouble);
        buckets[bucket] = buckets.GetValueOrDefault(bucket) + 1;
    }

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
