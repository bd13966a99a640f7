using System.Collections;
using System.Diagnostics;

namespace UserCache.Tests.Infrastructure;

/// <summary>Where the in-memory exporter puts spans while a test looks at them.</summary>
public sealed class SpanCollection : ICollection<Activity>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _changing = new();
    private readonly List<Activity> _spans = [];

    public int Count => Snapshot().Count;

    public bool IsReadOnly => false;

    /// <summary>The spans of a name, or of a database, so far.</summary>
    public List<Activity> Of(string name) => Snapshot().FindAll(span => span.OperationName == name || (string?)span.GetTagItem("db.system.name") == name);

    /// <summary>Waits for a trace, as a tree of one line a span: Redis' spans come from a profiler, a little after the others.</summary>
    /// <param name="tree">Its lines.</param>
    /// <param name="cause">What brings such a trace about sooner or later, done again each time it is looked for.</param>
    public async Task<SpanTree> ExpectAsync(string tree, Func<Task>? cause = null)
    {
        tree = tree.ReplaceLineEndings("\n");
        var traces = await Eventually.GetAsync(
            async () =>
            {
                await (cause?.Invoke() ?? Task.CompletedTask);
                return new Traces([.. SpanTree.Of(Snapshot())]);
            },
            traces => traces.Trees.Exists(trace => trace.Text == tree),
            Patience);
        return traces.Trees.First(trace => trace.Text == tree);
    }

    public void Add(Activity item)
    {
        lock (_changing)
        {
            _spans.Add(item);
        }
    }

    public void Clear()
    {
        lock (_changing)
        {
            _spans.Clear();
        }
    }

    public bool Contains(Activity item) => Snapshot().Contains(item);

    public void CopyTo(Activity[] array, int arrayIndex) => Snapshot().CopyTo(array, arrayIndex);

    public bool Remove(Activity item) => throw new NotSupportedException();

    public IEnumerator<Activity> GetEnumerator() => Snapshot().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private List<Activity> Snapshot()
    {
        lock (_changing)
        {
            return [.. _spans];
        }
    }

    private sealed record Traces(List<SpanTree> Trees)
    {
        public override string ToString() => string.Join("\n\n", Trees);
    }
}
