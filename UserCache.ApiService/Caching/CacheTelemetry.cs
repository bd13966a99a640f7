using System.Diagnostics;

namespace UserCache.ApiService.Caching;

/// <summary>Every telemetry name of the cache, and its spans. Keys go on spans only: on a metric each would be a series of its own.</summary>
internal static class CacheTelemetry
{
    public const string SourceName = "UserCache.Caching";
    public const string MeterName = "UserCache.Caching";

    public const string GetSpan = "cache.get";
    public const string GetManySpan = "cache.get_many";
    public const string WriteSpan = "cache.write";
    public const string RefreshSpan = "cache.refresh";
    public const string RelaySpan = "cache.relay";

    public const string HitTag = "cache.hit";
    public const string OutcomeTag = "cache.outcome";
    public const string KeyTag = "cache.key";
    public const string KeyCountTag = "cache.key.count";
    public const string HitCountTag = "cache.hit.count";
    public const string TtlTag = "cache.ttl";
    public const string CacheNameTag = "cache.name";

    public const string Requests = "cache.requests";
    public const string LoadDuration = "cache.load.duration";
    public const string FillRejected = "cache.fill.rejected";
    public const string InvalidationLag = "cache.invalidation.lag";
    public const string OutboxDepth = "cache.outbox.depth";
    public const string BreakerState = "cache.breaker.state";
    public const string GateState = "cache.gate.state";
    public const string AuditChecked = "cache.audit.checked";
    public const string AuditStale = "cache.audit.stale";

    // A batch may relay very many writes; a span should stay readable.
    private const int MaxLinks = 128;

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Starts what is not recorded, and under which nothing is: the same few commands, time and again, would hide all else.</summary>
    public static Activity StartUnrecorded() => new Activity("background").Start();

    public static Activity? StartGet(string key) => Source.StartActivity(GetSpan)?.SetTag(KeyTag, key);

    public static Activity? StartGetMany(int keys) => Source.StartActivity(GetManySpan)?.SetTag(KeyCountTag, keys);

    /// <summary>Starts the span from a write's beginning to its end. Null where nobody listens.</summary>
    public static Activity? StartWrite(string key) => Source.StartActivity(WriteSpan)?.SetTag(KeyTag, key);

    /// <summary>Starts a trace of its own for a refresh, linked to the read that found the entries old: nobody waits for it.</summary>
    public static Activity? StartRefresh(IReadOnlyList<string> keys) =>
        StartTrace(RefreshSpan, Activity.Current is { } reader ? [reader.Context] : [])
            ?.SetTag(keys.Count == 1 ? KeyTag : KeyCountTag, keys.Count == 1 ? keys[0] : keys.Count);

    /// <summary>Starts a trace of its own for a batch of changes that are relayed, linked to the writes that made them.</summary>
    public static Activity? StartRelay(int changes, IEnumerable<ActivityContext> writes) =>
        StartTrace(RelaySpan, writes.Distinct().Take(MaxLinks))?.SetTag(KeyCountTag, changes);

    public static void Completed(Activity? span, in CacheResult result)
    {
        if (span is null)
        {
            return;
        }

        span.SetTag(HitTag, result.IsHit);
        span.SetTag(OutcomeTag, Name(result.Outcome));
        if (result.Ttl is { } ttl)
        {
            span.SetTag(TtlTag, (long)ttl.TotalSeconds);
        }
    }

    public static void Completed(Activity? span, IReadOnlyCollection<CacheResult> results)
    {
        if (span is not null)
        {
            var hits = results.Count(result => result.IsHit);
            span.SetTag(HitCountTag, hits);
            span.SetTag(HitTag, hits == results.Count);
        }
    }

    /// <summary>Links a read to the one whose flight it joined: there is what was done for both.</summary>
    public static void Joined(Activity? span, ActivityContext flight)
    {
        if (flight != default)
        {
            span?.AddLink(new ActivityLink(flight));
        }
    }

    public static void Failed(Activity? span, Exception exception) =>
        span?.AddException(exception).SetStatus(ActivityStatusCode.Error, exception.Message);

    /// <summary>How an outcome is called on spans and metrics.</summary>
    public static string Name(CacheOutcome outcome) => outcome switch
    {
        CacheOutcome.Hit => "hit",
        CacheOutcome.Negative => "negative",
        CacheOutcome.Miss => "miss",
        CacheOutcome.Stale => "stale",
        CacheOutcome.Collapsed => "collapsed",
        CacheOutcome.Bypass => "bypass",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };

    // To be called in the async method that the trace is for: what is current before comes back when that method returns.
    private static Activity? StartTrace(string name, IEnumerable<ActivityContext> links)
    {
        var linked = links.Select(link => new ActivityLink(link)).ToList();
        Activity.Current = null;
        return Source.StartActivity(name, ActivityKind.Internal, parentContext: default, links: linked);
    }
}
