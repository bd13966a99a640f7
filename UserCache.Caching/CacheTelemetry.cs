using System.Diagnostics;
using System.Net;

namespace UserCache.Caching;

/// <summary>
/// Every telemetry name of the cache, and its spans. Keys go on spans only: on a metric each would be a series of its own.
/// </summary>
public static class CacheTelemetry
{
    /// <summary>The activity source.</summary>
    public const string SourceName = "UserCache.Caching";
    /// <summary>The meter.</summary>
    public const string MeterName = "UserCache.Caching";

    internal const string GetSpan = "cache.get";
    internal const string GetManySpan = "cache.get_many";
    internal const string WriteSpan = "cache.write";
    internal const string RefreshSpan = "cache.refresh";
    internal const string RelaySpan = "cache.relay";

    internal const string HitTag = "cache.hit";
    /// <summary>How a read was answered; see <see cref="Name"/>.</summary>
    public const string OutcomeTag = "cache.outcome";
    internal const string KeyTag = "cache.key";
    internal const string KeyCountTag = "cache.key.count";
    internal const string HitCountTag = "cache.hit.count";
    internal const string TtlTag = "cache.ttl";
    internal const string NearTag = "cache.near";
    /// <summary>Which cache.</summary>
    public const string CacheNameTag = "cache.name";

    /// <summary>Counter: keys asked of the cache, by outcome.</summary>
    public const string Requests = "cache.requests";
    /// <summary>Counter: keys answered from the near cache.</summary>
    public const string NearHits = "cache.near.hits";
    /// <summary>Histogram, seconds: how long one read of the source took.</summary>
    public const string LoadDuration = "cache.load.duration";
    /// <summary>Counter: values that Redis refused to store.</summary>
    public const string FillRejected = "cache.fill.rejected";
    /// <summary>Histogram, seconds: from a change to its relay.</summary>
    public const string InvalidationLag = "cache.invalidation.lag";
    /// <summary>Gauge: changes that are not relayed yet.</summary>
    public const string OutboxDepth = "cache.outbox.depth";
    /// <summary>Gauge: 0 closed, 1 open, 2 half-open.</summary>
    public const string BreakerState = "cache.breaker.state";
    /// <summary>Gauge: 0 shut, 1 open.</summary>
    public const string GateState = "cache.gate.state";
    /// <summary>Counter: entries compared with the source.</summary>
    public const string AuditChecked = "cache.audit.checked";
    /// <summary>Counter: entries that were wrong.</summary>
    public const string AuditStale = "cache.audit.stale";

    // A batch may relay very many writes; a span should stay readable.
    private const int MaxLinks = 128;

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>
    /// Starts what is not recorded, and under which nothing is: the same few commands, time and again, would hide all else.
    /// </summary>
    public static Activity StartUnrecorded() => new Activity("background").Start();

    /// <summary>Whether spans that are started now would be kept.</summary>
    internal static bool IsRecorded => Activity.Current is { Recorded: true };

    /// <summary>Starts the span of one command. Names as in OpenTelemetry's conventions for databases.</summary>
    /// <param name="operation">The command.</param>
    /// <param name="server">Where it goes, if that is known.</param>
    /// <param name="batchSize">How many operations it stands for.</param>
    internal static Activity? StartCommand(string operation, EndPoint? server, int batchSize)
    {
        var span = Source.StartActivity(operation, ActivityKind.Client)
            ?.SetTag("db.system.name", "redis")
            .SetTag("db.operation.name", operation);
        var (address, port) = server switch
        {
            DnsEndPoint dns => (dns.Host, dns.Port),
            IPEndPoint ip => (ip.Address.ToString(), ip.Port),
            _ => (null, 0),
        };
        if (address is not null)
        {
            span?.SetTag("server.address", address).SetTag("server.port", port);
        }

        Shared(span, batchSize);
        return span;
    }

    /// <summary>Says on a command's span how many operations shared its trip.</summary>
    internal static void Shared(Activity? span, int batchSize)
    {
        if (batchSize > 1)
        {
            span?.SetTag("db.operation.batch.size", batchSize);
        }
    }

    internal static Activity? StartGet(string key) => Source.StartActivity(GetSpan)?.SetTag(KeyTag, key);

    internal static Activity? StartGetMany(int keys) => Source.StartActivity(GetManySpan)?.SetTag(KeyCountTag, keys);

    /// <summary>Starts the span from a write's beginning to its end. Null where nobody listens.</summary>
    /// <param name="keys">The keys in Redis.</param>
    public static Activity? StartWrite(IReadOnlyList<string> keys) => SetKeys(Source.StartActivity(WriteSpan), keys);

    /// <summary>Starts a trace of its own for a refresh, linked to the read that found the entries old: nobody waits for it.</summary>
    internal static Activity? StartRefresh(IReadOnlyList<string> keys) =>
        SetKeys(StartTrace(RefreshSpan, Activity.Current is { } reader ? [reader.Context] : []), keys);

    /// <summary>Starts a trace of its own for a batch of changes that are relayed, linked to the writes that made them.</summary>
    /// <param name="changes">How many.</param>
    /// <param name="writes">Of those writes that had one.</param>
    public static Activity? StartRelay(int changes, IEnumerable<ActivityContext> writes) =>
        StartTrace(RelaySpan, writes.Distinct().Take(MaxLinks))?.SetTag(KeyCountTag, changes);

    internal static void Completed(Activity? span, in CacheResult result)
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

        if (result.IsNear)
        {
            span.SetTag(NearTag, value: true);
        }
    }

    internal static void Completed(Activity? span, IReadOnlyCollection<CacheResult> results)
    {
        if (span is not null)
        {
            var hits = results.Count(result => result.IsHit);
            span.SetTag(HitCountTag, hits);
            span.SetTag(HitTag, hits == results.Count);
        }
    }

    /// <summary>Links a read to the one whose flight it joined: there is what was done for both.</summary>
    internal static void Joined(Activity? span, ActivityContext flight)
    {
        if (flight != default)
        {
            span?.AddLink(new ActivityLink(flight));
        }
    }

    /// <summary>Says on a span why it failed.</summary>
    /// <param name="span">The span, where somebody listens.</param>
    /// <param name="exception">Why.</param>
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

    private static Activity? SetKeys(Activity? span, IReadOnlyList<string> keys) =>
        span?.SetTag(keys.Count == 1 ? KeyTag : KeyCountTag, keys.Count == 1 ? keys[0] : keys.Count);

    // To be called in the async method that the trace is for: what is current before comes back when that method returns.
    private static Activity? StartTrace(string name, IEnumerable<ActivityContext> links)
    {
        var linked = links.Select(link => new ActivityLink(link)).ToList();
        Activity.Current = null;
        return Source.StartActivity(name, ActivityKind.Internal, parentContext: default, links: linked);
    }
}
