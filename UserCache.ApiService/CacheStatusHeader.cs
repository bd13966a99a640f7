using System.Globalization;
using UserCache.Caching;

namespace UserCache.ApiService;

/// <summary>The <c>Cache-Status</c> response header (RFC 9211): how the cache answered.</summary>
internal static class CacheStatusHeader
{
    private const string Name = "Cache-Status";
    private const string Cache = "UserCache";

    // The same few lines ten thousand times a second; longer lives are formatted each time.
    private static readonly string[] Hits = [.. Enumerable.Range(0, 600).Select(ttl => Hit(ttl))];
    private static readonly string[] NearHits = [.. Hits.Select(Near)];

    public static void Append(HttpResponse response, in CacheResult result) => response.Headers[Name] = Format(result);

    /// <summary>One line for a batch: a hit when all are, <c>fwd=partial</c> when some had to be read from the database.</summary>
    public static void Append(HttpResponse response, IReadOnlyCollection<CacheResult> results)
    {
        var hits = results.Count(result => result.IsHit);
        response.Headers[Name] = hits switch
        {
            _ when hits == results.Count => $"{Cache}; hit",
            _ when results.Any(result => result.Outcome == CacheOutcome.Bypass) => Format(new CacheResult(CacheOutcome.Bypass, default)),
            0 => $"{Cache}; fwd=uri-miss",
            _ => string.Create(CultureInfo.InvariantCulture, $"{Cache}; fwd=partial; detail=\"{hits} of {results.Count} from the cache\""),
        };
    }

    /// <summary>For a change: it went to the database, as changes do.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="invalidated">
    /// Whether the cache has forgotten what was before; otherwise it will, as soon as the change is relayed.
    /// </param>
    public static void AppendWrite(HttpResponse response, bool invalidated) =>
        response.Headers[Name] = invalidated ? $"{Cache}; fwd=method" : $"{Cache}; fwd=method; detail=invalidation-pending";

    private static string Near(string hit) => $"{hit}; detail=near";

    private static string Hit(long ttl) => string.Create(CultureInfo.InvariantCulture, $"{Cache}; hit; ttl={ttl}");

    private static string Negative(string hit, bool isNear) => $"{hit}; detail={(isNear ? "\"negative, near\"" : "negative")}";

    private static string Format(in CacheResult result)
    {
        var stored = result.Stored ? "; stored" : "";
        // Away from 0: a fresh entry always has some time left, and a stale one has none.
        var left = result.Ttl?.TotalSeconds ?? 0;
        var ttl = (long)(left > 0 ? Math.Ceiling(left) : Math.Floor(left));
        return result.Outcome switch
        {
            CacheOutcome.Hit when result.IsNear => ttl < NearHits.Length ? NearHits[ttl] : Near(Hit(ttl)),
            CacheOutcome.Hit => ttl < Hits.Length ? Hits[ttl] : Hit(ttl),
            CacheOutcome.Negative => Negative(Hit(ttl), result.IsNear),
            CacheOutcome.Miss => $"{Cache}; fwd=uri-miss{stored}",
            CacheOutcome.Stale => result.Payload.Exists ? Hit(ttl) : Negative(Hit(ttl), isNear: false),
            CacheOutcome.Collapsed => $"{Cache}; fwd=uri-miss; collapsed",
            CacheOutcome.Bypass => $"{Cache}; fwd=bypass; detail=redis-unavailable",
            _ => throw new ArgumentOutOfRangeException(nameof(result), result.Outcome, null),
        };
    }
}
