using System.Collections.Concurrent;

namespace UserCache.Tests.Chaos;

/// <summary>Where clients write down what they did.</summary>
internal sealed class Journal
{
    // Each thread has a part of its own, so that none waits for another.
    private readonly ConcurrentBag<Operation> _operations = [];
    private readonly ConcurrentBag<(Operation One, Operation Other)> _pairs = [];
    private long _reads;
    private long _hits;
    private long _writes;
    private long _failures;

    /// <summary>What has been written down so far, for a progress line.</summary>
    public (long Reads, long Hits, long Writes, long Failures) Counts =>
        (Interlocked.Read(ref _reads), Interlocked.Read(ref _hits), Interlocked.Read(ref _writes), Interlocked.Read(ref _failures));

    /// <summary>Everything; to be asked for when all clients have stopped.</summary>
    public IReadOnlyList<Operation> Operations => [.. _operations];

    /// <summary>What was written in one transaction and confirmed, by twos.</summary>
    public IReadOnlyList<(Operation One, Operation Other)> Pairs => [.. _pairs];

    /// <summary>Notes what one transaction wrote.</summary>
    public void NoteTogether(Operation[] two)
    {
        Array.ForEach(two, Note);
        if (Array.TrueForAll(two, operation => operation.IsConfirmed))
        {
            _pairs.Add((two[0], two[1]));
        }
    }

    public void Note(Operation operation)
    {
        _operations.Add(operation);
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
