using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using UserCache.Caching;

namespace UserCache.ApiService.Invalidation;

/// <summary>A transaction that changes a row which is cached: the writer's part of the protocol.</summary>
internal static class WriteTransaction
{
    /// <summary>Begins one, and tells the trigger that fills the outbox which trace it belongs to: the relay links back to it.</summary>
    public static async Task<IDbContextTransaction> BeginAsync(DbContext database, CancellationToken cancellationToken)
    {
        var transaction = await database.Database.BeginTransactionAsync(cancellationToken);
        try
        {
            if (Activity.Current is { Recorded: true, Id: { } trace })
            {
                await database.Database.ExecuteSqlAsync($"SELECT set_config('usercache.traceparent', {trace}, true)", cancellationToken);
            }

            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }

    /// <summary>Commits the change of one row, and sees to it that the cache forgets what was before.</summary>
    /// <param name="transaction">In which the row was changed.</param>
    /// <param name="cache">Where it is cached.</param>
    /// <param name="key">The cache's key of the row.</param>
    /// <returns>See <see cref="CacheInvalidation.EndWriteAsync"/>.</returns>
    public static async Task<bool> CommitAsync(IDbContextTransaction transaction, CacheInvalidation cache, string key)
    {
        using var span = CacheTelemetry.StartWrite(key);
        try
        {
            return await CommitThroughCacheAsync(transaction, cache, key);
        }
        catch (Exception failure)
        {
            CacheTelemetry.Failed(span, failure);
            throw;
        }
    }

    private static async Task<bool> CommitThroughCacheAsync(IDbContextTransaction transaction, CacheInvalidation cache, string key)
    {
        var write = await cache.BeginWriteAsync(key);
        // Not the request's: from here on the change is made, whether or not someone waits for the answer.
        using var deadline = new CancellationTokenSource(write.TimeToCommit);
        try
        {
            await transaction.CommitAsync(deadline.Token);
        }
        catch (OperationCanceledException late)
        {
            throw new NpgsqlException("The commit was not answered in time.", late);
        }
        catch (PostgresException refused) when (refused.InvariantSeverity == "ERROR")
        {
            // So nothing has changed. After any other failure nobody knows: the write is left to its deadline.
            await cache.EndWriteAsync(write);
            throw;
        }

        return await cache.EndWriteAsync(write);
    }
}
