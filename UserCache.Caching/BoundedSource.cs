using System.Threading.RateLimiting;

namespace UserCache.Caching;

/// <summary>What a read of the source gave.</summary>
/// <param name="AsOf">A timestamp from just before the read: it saw every change that was committed by then.</param>
/// <param name="Rows">In the order of the keys.</param>
internal readonly record struct SourceRead(long AsOf, IReadOnlyList<SourceRow> Rows);

/// <summary>A cache's source behind a bound: so many reads at a time, so many waiting, and each for so long.</summary>
/// <param name="source">The source.</param>
/// <param name="prefix">What the cache's keys begin with.</param>
/// <param name="maxLoads">How many reads at a time.</param>
/// <param name="metrics">The cache's.</param>
/// <param name="options">The cache's.</param>
/// <param name="time">Measures the reads.</param>
internal sealed class BoundedSource(
    ICacheSource source, string prefix, int maxLoads, CacheMetrics metrics, CacheAsideOptions options, TimeProvider time)
    : IAsyncDisposable
{
    private readonly TimeSpan _timeout = options.LoadTimeout;
    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = maxLoads,
        QueueLimit = options.MaxQueuedLoads,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Whether a read would not have to wait.</summary>
    public bool IsIdle => _limiter.GetStatistics() is { CurrentAvailablePermits: > 0 };

    /// <summary>See <see cref="ICacheSource.IsKey"/>.</summary>
    public bool IsKey(string row) => source.IsKey(row);

    /// <summary>Reads the source, after waiting for others if it must.</summary>
    /// <exception cref="SourceUnavailableException">Too many wait already, or the time is over.</exception>
    public Task<SourceRead> LoadAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        WithinTimeoutAsync(
            async deadline => await ReadAsync(await WaitForTurnAsync(deadline, cancellationToken), keys, deadline),
            cancellationToken);

    /// <summary>Reads the source only if nobody has to wait for it.</summary>
    /// <exception cref="SourceUnavailableException">Someone would have to wait, or the time is over.</exception>
    public Task<SourceRead> LoadIfIdleAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        WithinTimeoutAsync(deadline => ReadAsync(_limiter.AttemptAcquire(permitCount: 1), keys, deadline), cancellationToken);

    private string Timeout => $"{_timeout.TotalSeconds:0.#} s";

    public ValueTask DisposeAsync() => _limiter.DisposeAsync();

    private async Task<SourceRead> ReadAsync(RateLimitLease permit, IReadOnlyList<string> keys, CancellationToken deadline)
    {
        if (!permit.IsAcquired)
        {
            permit.Dispose();
            throw new SourceUnavailableException("Too many reads are waiting for the database.");
        }

        var asOf = time.GetTimestamp();
        var load = LoadRowsAsync(keys, deadline);
        _ = ReleaseAfterAsync(load, permit);
        // A load that does not heed its deadline is left behind: it keeps its permit, and nobody else.
        var rows = await load.WaitAsync(deadline);
        metrics.Loaded(time.GetElapsedTime(asOf));
        return rows.Count == keys.Count
            ? new SourceRead(asOf, rows)
            : throw new InvalidOperationException($"{keys.Count} rows were to be loaded, and {rows.Count} were.");
    }

    // A task in any case: the permit comes back with it, however a source that others have written fails.
    private async Task<IReadOnlyList<SourceRow>> LoadRowsAsync(IReadOnlyList<string> keys, CancellationToken deadline) =>
        await source.LoadAsync([.. keys.Select(key => RowKey.TextIn(key, prefix))], deadline);

    private async Task<RateLimitLease> WaitForTurnAsync(CancellationToken deadline, CancellationToken cancellationToken)
    {
        try
        {
            return await _limiter.AcquireAsync(permitCount: 1, deadline);
        }
        // The database was not asked at all.
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SourceUnavailableException($"Other reads of the database left no room for this one within {Timeout}.");
        }
    }

    private static async Task ReleaseAfterAsync(Task load, RateLimitLease permit)
    {
        await load.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        permit.Dispose();
    }

    private async Task<SourceRead> WithinTimeoutAsync(Func<CancellationToken, Task<SourceRead>> load, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await load(deadline.Token);
        }
        catch (Exception failure) when (
            failure is not SourceUnavailableException && timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new SourceUnavailableException($"The database has not answered within {Timeout}.");
        }
    }
}
