using System.Threading.RateLimiting;

namespace UserCache.Caching.PostgreSql;

/// <summary>
/// So many calls of a kind at a time: what is slow, or stuck, takes those of the database's connections that are for its own kind.
/// </summary>
/// <param name="what">They, in the plural.</param>
/// <param name="atOnce">How many; four times as many may wait.</param>
/// <param name="time">Measures the wait.</param>
public sealed class DatabaseShare(string what, int atOnce, TimeProvider time) : IAsyncDisposable
{
    private const int WaitingForEach = 4;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = atOnce,
        QueueLimit = atOnce * WaitingForEach,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Waits for its turn, a second at most.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>To be disposed of when the call is done with the database.</returns>
    /// <exception cref="SourceUnavailableException">Too many wait already, or they have waited too long.</exception>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(LongestWait, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var permit = await _limiter.AcquireAsync(permitCount: 1, limit.Token);
            if (permit.IsAcquired)
            {
                return permit;
            }

            permit.Dispose();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }

        throw new SourceUnavailableException($"Too many {what} are waiting for the database.");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _limiter.DisposeAsync();
}
