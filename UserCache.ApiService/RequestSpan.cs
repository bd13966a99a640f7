using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using UserCache.Caching;

namespace UserCache.ApiService;

/// <summary>The outcome on the request's own span, by which a dashboard's list of traces can be filtered.</summary>
internal static class RequestSpan
{
    private const string Partial = "partial";

    public static void SetOutcome(HttpContext context, in CacheResult result) =>
        RecordedOf(context)?.SetTag(CacheTelemetry.OutcomeTag, CacheTelemetry.Name(result.Outcome));

    /// <summary>For a batch: the outcome that all have, or <c>partial</c>.</summary>
    public static void SetOutcome(HttpContext context, IReadOnlyList<CacheResult> results)
    {
        if (RecordedOf(context) is { } span)
        {
            var first = results[0].Outcome;
            var isCommon = results.All(result => result.Outcome == first);
            span.SetTag(CacheTelemetry.OutcomeTag, isCommon ? CacheTelemetry.Name(first) : Partial);
        }
    }

    private static Activity? RecordedOf(HttpContext context) =>
        context.Features.Get<IHttpActivityFeature>()?.Activity is { Recorded: true } span ? span : null;
}
