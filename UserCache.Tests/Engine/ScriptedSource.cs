using System.Collections.Concurrent;
using System.Text;

namespace UserCache.Tests.Engine;

/// <summary>
/// A source that counts its loads, and in which they can be held, hang or fail. Replicas that share it have one database.
/// </summary>
public sealed class ScriptedSource : ICacheSource
{
    private readonly ConcurrentDictionary<string, SourceRow> _rows = new();
    private readonly ConcurrentQueue<IReadOnlyList<string>> _loads = new();
    private readonly ConcurrentQueue<HeldLoad> _holds = new();

    /// <summary>What the next loads fail with, as long as it is set.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Whether they do so before they return a task.</summary>
    public bool FailsAtOnce { get; set; }

    /// <summary>The keys of each load so far.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Loads => [.. _loads];

    /// <summary>Makes a row be at a version.</summary>
    /// <returns>What a reader of the row gets.</returns>
    public CachePayload Set(string key, long version) =>
        Set(key, version == 0 ? SourceRow.Gone : SourceRow.Of(version, Encoding.UTF8.GetBytes($"{{\"version\":{version}}}")));

    /// <summary>The same, of any row.</summary>
    public CachePayload Set(string key, SourceRow row) => (_rows[key] = row).Payload;

    /// <summary>Holds the next load back when it has read its rows.</summary>
    /// <param name="heedsCancellation">Otherwise it hangs until it is released, whatever its deadline.</param>
    public HeldLoad Hold(bool heedsCancellation = true)
    {
        var held = new HeldLoad(heedsCancellation);
        _holds.Enqueue(held);
        return held;
    }

    public Task<IReadOnlyList<SourceRow>> LoadAsync(IReadOnlyList<string> rows, CancellationToken cancellationToken) =>
        FailsAtOnce ? throw Failure! : ReadAsync(rows, cancellationToken);

    private async Task<IReadOnlyList<SourceRow>> ReadAsync(IReadOnlyList<string> rows, CancellationToken cancellationToken)
    {
        _loads.Enqueue(rows);
        if (Failure is { } failure)
        {
            throw failure;
        }

        var found = rows.Select(row => _rows.GetValueOrDefault(row)).ToList();
        if (_holds.TryDequeue(out var held))
        {
            await held.WaitAsync(cancellationToken);
        }

        return found;
    }
}

/// <summary>A load that is held.</summary>
public sealed class HeldLoad(bool heedsCancellation)
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it has read its rows.</summary>
    public Task Begun => _begun.Task.WaitAsync(EngineReplica.Limit);

    /// <summary>Completes when it has given up.</summary>
    public Task Cancelled => _cancelled.Task.WaitAsync(EngineReplica.Limit);

    public bool IsCancelled => _cancelled.Task.IsCompleted;

    public void Release() => _released.TrySetResult();

    internal async Task WaitAsync(CancellationToken cancellationToken)
    {
        _begun.TrySetResult();
        try
        {
            await _released.Task.WaitAsync(heedsCancellation ? cancellationToken : CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            _cancelled.TrySetResult();
            throw;
        }
    }
}
