namespace UserCache.Tests.Infrastructure;

/// <summary>The spans of one trace.</summary>
public sealed record SpanTree(Activity Root, IReadOnlyList<Activity> Spans, string Text)
{
    /// <summary>All traces, but for the connections that the driver's pool happened to open.</summary>
    public static IEnumerable<SpanTree> Of(IEnumerable<Activity> spans)
    {
        foreach (var trace in spans
            .Where(span => !span.DisplayName.StartsWith("CONNECT ", StringComparison.Ordinal))
            .ToLookup(span => span.TraceId))
        {
            var children = trace.ToLookup(span => span.ParentSpanId);
            var ids = trace.Select(span => span.SpanId).ToHashSet();
            foreach (var root in trace.Where(span => !ids.Contains(span.ParentSpanId)))
            {
                yield return new SpanTree(root, [.. trace], string.Join('\n', Lines(root, children, indent: "")));
            }
        }
    }

    public Activity this[string name] => Assert.Single(Spans, span => span.OperationName == name);

    public override string ToString() => Text;

    private static IEnumerable<string> Lines(Activity span, ILookup<ActivitySpanId, Activity> children, string indent) =>
        children[span.SpanId].OrderBy(child => child.StartTimeUtc)
            .SelectMany(child => Lines(child, children, indent + "  "))
            .Prepend(indent + Line(span));

    private static string Line(Activity span) => span.GetTagItem("db.system.name") switch
    {
        "redis" => $"redis {span.GetTagItem("db.operation.name")}",
        "postgresql" => "postgresql",
        _ => string.Join(
            ' ',
            new[] { span.DisplayName, span.GetTagItem("cache.outcome"), span.Status == ActivityStatusCode.Error ? "failed" : null }
                .Where(part => part is not null)),
    };
}
