using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace UserCache.ApiService.Caching;

/// <summary>Every telemetry name of the cache, and the instruments. Keys go on spans only: on a metric each would be a series of its own.</summary>
internal sealed class CacheTelemetry
{
    public const string SourceName = "UserCache.Caching";
    public const string MeterName = "UserCache.Caching";

    public const string GetSpan = "cache.get";
    public const string GetManySpan = "cache.get_many";

    public const string HitTag = "cache.hit";
    public const string OutcomeTag = "cache.outcome";
    public const string KeyTag = "cache.key";
    public const string KeyCountTag = "cache.key.count";
    public const string HitCountTag = "cache.hit.count";
    public const string TtlTag = "cache.ttl";
    public const string CacheNameTag = "cache.name";

    private static readonly ActivitySource Source = new(SourceName);

    private readonly KeyValuePair<string, object?> _cacheName;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _loadDuration;

    public CacheTelemetry(IMeterFactory meters, string cacheName)
    {
        _cacheName = new(CacheNameTag, cacheName);
        var meter = meters.Create(MeterName);
        _requests = meter.CreateCounter<long>("cache.requests", "{request}", "Keys asked of the cache, by outcome.");
        _loadDuration = meter.CreateHistogram<double>("cache.load.duration", "s", "Time the source took to answer what the cache could not.");
    }

    /// <summary>Starts what is not recorded, and under which nothing is: the same few commands, time and again, would hide all else.</summary>
    public static Activity StartUnrecorded() => new Activity("background").Start();

    public static Activity? StartGet(string key)
    {
        var span = Source.StartActivity(GetSpan);
        span?.SetTag(KeyTag, key);
        return span;
    }

    public static Activity? StartGetMany(int keys)
    {
        var span = Source.StartActivity(GetManySpan);
        span?.SetTag(KeyCountTag, keys);
        return span;
    }

    public void Completed(Activity? span, in CacheResult result)
    {
        var outcome = Name(result.Outcome);
        Count(outcome);
        if (span is null)
        {
            return;
        }

        span.SetTag(HitTag, result.IsHit);
        span.SetTag(OutcomeTag, outcome);
        if (result.Ttl is { } ttl)
        {
            span.SetTag(TtlTag, (long)ttl.TotalSeconds);
        }
    }

    public void Completed(Activity? span, IReadOnlyCollection<CacheResult> results)
    {
        foreach (var result in results)
        {
            Count(Name(result.Outcome));
        }

        if (span is not null)
        {
            var hits = results.Count(result => result.IsHit);
            span.SetTag(HitCountTag, hits);
            span.SetTag(HitTag, hits == results.Count);
        }
    }

    public void Loaded(TimeSpan duration) => _loadDuration.Record(duration.TotalSeconds, _cacheName);

    public static void Failed(Activity? span, Exception exception)
    {
        span?.AddException(exception);
        span?.SetStatus(ActivityStatusCode.Error, exception.Message);
    }

    private void Count(string outcome) => _requests.Add(1, _cacheName, new(OutcomeTag, outcome));

    private static string Name(CacheOutcome outcome) => outcome switch
    {
        CacheOutcome.Hit => "hit",
        CacheOutcome.Negative => "negative",
        CacheOutcome.Miss => "miss",
        CacheOutcome.Stale => "stale",
        CacheOutcome.Collapsed => "collapsed",
        CacheOutcome.Bypass => "bypass",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };
}
