using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using UserCache.Caching;

namespace UserCache.ApiService.Users;

/// <summary>
/// The database's connections, divided: what is slow, or stuck, takes those of its own kind only. Reads for the cache have their bound in
/// <see cref="CacheOptions.MaxLoads"/>, the relay has connections of its own.
/// </summary>
internal sealed class DatabaseShares(IOptions<DatabaseOptions> options, TimeProvider time) : IAsyncDisposable
{
    public DatabaseShare Writes { get; } = new("writes", options.Value.MaxWrites, time);

    public DatabaseShare Pages { get; } = new("pages", options.Value.MaxPages, time);

    public async ValueTask DisposeAsync()
    {
        await Writes.DisposeAsync();
        await Pages.DisposeAsync();
    }
}

/// <summary>So many calls of a kind at a time.</summary>
/// <param name="what">They, in the plural.</param>
/// <param name="atOnce">How many; four times as many may wait.</param>
/// <param name="time">Measures the wait.</param>
internal sealed class DatabaseShare(string what, int atOnce, TimeProvider time) : IAsyncDisposable
{
    private const int WaitingForEach = 4;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = atOnce,
        QueueLimit = atOnce * WaitingForEach,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

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

    public ValueTask DisposeAsync() => _limiter.DisposeAsync();
}
