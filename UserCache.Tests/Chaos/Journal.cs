namespace UserCache.Tests.Chaos;

/// <summary>Where clients write down what they did: a page for each client, so that none waits for another.</summary>
internal sealed class Journal
{
    private readonly Lock _lock = new();
    private readonly List<List<Operation>> _pages = [];
    private long _reads;
    private long _hits;
    private long _writes;
    private long _failures;

    /// <summary>What has been written down so far, for a progress line.</summary>
    public (long Reads, long Hits, long Writes, long Failures) Counts =>
        (Interlocked.Read(ref _reads), Interlocked.Read(ref _hits), Interlocked.Read(ref _writes), Interlocked.Read(ref _failures));

    /// <summary>Everything; to be asked for when all clients have stopped.</summary>
    public IReadOnlyList<Operation> Operations
    {
        get
        {
            lock (_lock)
            {
                return [.. _pages.SelectMany(page => page)];
            }
        }
    }

    /// <returns>What a client calls with each of its operations.</returns>
    public Action<Operation> OpenPage()
    {
        var page = new List<Operation>();
        lock (_lock)
        {
            _pages.Add(page);
        }

        return operation =>
        {
            page.Add(operation);
            Count(operation);
        };
    }

    private void Count(Operation operation)
    {
        if (!operation.IsAnswered)
        {
            Interlocked.Increment(ref _failures);
        }
        else if (operation.Kind == OperationKind.Read)
        {
            Interlocked.Increment(ref _reads);
            Interlocked.Add(ref _hits, operation.IsHit ? 1 : 0);
        }
        else if (!operation.IsRead)
        {
            Interlocked.Increment(ref _writes);
        }
    }
}
