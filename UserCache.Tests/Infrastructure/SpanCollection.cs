using System.Collections;
using System.Diagnostics;

namespace UserCache.Tests.Infrastructure;

/// <summary>Where the in-memory exporter puts spans while a test looks at them.</summary>
public sealed class SpanCollection : ICollection<Activity>
{
    private readonly Lock _changing = new();
    private readonly List<Activity> _spans = [];

    public int Count => Snapshot().Count;

    public bool IsReadOnly => false;

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
}
