using Microsoft.Extensions.Options;
using Npgsql;
using UserCache.ApiService.Invalidation;
using UserCache.Caching;

namespace UserCache.ApiService.Users;

/// <summary>Users through the cache.</summary>
internal sealed partial class CachedUsers(
    UserKeys keys, CacheAside cache, CacheInvalidation invalidation, NpgsqlDataSource database, Pooler pooler, DatabaseShares shares,
    IOptions<CacheOptions> options,
    ILogger<CachedUsers> logger)
{
    public ValueTask<CacheResult> GetAsync(long id, CancellationToken cancellationToken) => cache.GetAsync(keys.Of(id), cancellationToken);

    /// <returns>A result for each id, in the order of <paramref name="ids"/>.</returns>
    public async Task<CacheResult[]> GetManyAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        var results = await cache.GetManyAsync([.. ids.Select(keys.Of)], cancellationToken);
        foreach (var (id, result) in ids.Zip(results))
        {
            LogSource(id, result);
        }

        return results;
    }

    /// <summary>Begins a transaction that changes a user.</summary>
    /// <exception cref="SourceUnavailableException">Too many writes are under way, and wait.</exception>
    public async Task<WriteTransaction> BeginAsync(CancellationToken cancellationToken)
    {
        var turn = await shares.Writes.EnterAsync(cancellationToken);
        try
        {
            return await WriteTransaction.BeginAsync(database, pooler, options.Value.TimeToCommit, turn, cancellationToken);
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    /// <summary>Commits a change of one user, and sees to it that the cache forgets what was before.</summary>
    /// <param name="id">The user.</param>
    /// <param name="transaction">In which the row was changed.</param>
    /// <returns>See <see cref="CacheInvalidation.EndWriteAsync"/>.</returns>
    public Task<bool> CommitAsync(long id, WriteTransaction transaction) => transaction.CommitAsync(invalidation, keys.Of(id));

    /// <summary>Tells where an answer came from.</summary>
    public void LogSource(long id, in CacheResult result)
    {
        if (result.IsHit)
        {
            Log.UsingTheCache(logger, id);
        }
        else
        {
            Log.UsingTheDatabase(logger, id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 200, Level = LogLevel.Debug, Message = "User {Id}: using the cache.")]
        public static partial void UsingTheCache(ILogger logger, long id);

        [LoggerMessage(EventId = 201, Level = LogLevel.Debug, Message = "User {Id}: using the database.")]
        public static partial void UsingTheDatabase(ILogger logger, long id);
    }
}
