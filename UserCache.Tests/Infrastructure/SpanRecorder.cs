using System.Collections.Concurrent;
using OpenTelemetry;

namespace UserCache.Tests.Infrastructure;

/// <summary>Keeps the spans that have ended, while a test looks at them.</summary>
public sealed class SpanRecorder : BaseProcessor<Activity>
{
    private readonly ConcurrentQueue<Activity> _spans = new();

    public override void OnEnd(Activity data) => _spans.Enqueue(data);

    /// <summary>Forgets the spans so far.</summary>
    public void Clear() => _spans.Clear();

    /// <summary>The spans of a name, or of a database, so far.</summary>
    public List<Activity> Of(string name) =>
        [.. _spans.Where(span => span.OperationName == name || (string?)span.GetTagItem("db.system.name") == name)];

    /// <summary>Waits for such a span.</summary>
    public async Task<Activity> FindAsync(string name, Predicate<Activity> isMeant) =>
        (await Eventually.GetAsync(() => Task.FromResult(Of(name).Find(isMeant)), span => span is not null))!;

    /// <summary>Waits for a trace, as a tree of one line a span.</summary>
    /// <param name="tree">Its lines.</param>
    /// <param name="cause">What brings such a trace about sooner or later, done again each time it is looked for.</param>
    public async Task<SpanTree> ExpectAsync(string tree, Func<Task>? cause = null)
    {
        tree = tree.ReplaceLineEndings("\n");
        var traces = await Eventually.GetAsync(
            async () =>
            {
                await (cause?.Invoke() ?? Task.CompletedTask);
                return new Traces([.. SpanTree.Of(_spans)]);
            },
            traces => traces.Trees.Exists(trace => trace.Text == tree));
        return traces.Trees.First(trace => trace.Text == tree);
    }

    private sealed record Traces(List<SpanTree> Trees)
    {
        public override string ToString() => string.Join("\n\n", Trees);
    }
}
