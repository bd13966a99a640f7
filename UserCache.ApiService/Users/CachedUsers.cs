using System.Globalization;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using UserCache.ApiService.Caching;

namespace UserCache.ApiService.Users;

/// <summary>Users through the cache.</summary>
internal sealed partial class CachedUsers(CacheAside cache, ILogger<CachedUsers> logger)
{
    private const string KeyPrefix = "USER::";

    /// <summary>The cache's key of a user.</summary>
    public static string Key(long id) => string.Create(CultureInfo.InvariantCulture, $"{KeyPrefix}{id}");

    /// <summary>The cache's keys of users whose ids fit a pattern, as Redis' <c>SCAN</c> takes it.</summary>
    public static string KeyPattern(string ids) => KeyPrefix + ids;

    /// <summary>The user that a key of <see cref="Key"/> belongs to.</summary>
    public static long IdOf(string key) => long.Parse(key.AsSpan(KeyPrefix.Length), CultureInfo.InvariantCulture);

    public async Task<CacheResult> GetAsync(long id, CancellationToken cancellationToken)
    {
        var result = await cache.GetAsync(Key(id), cancellationToken);
        LogSource(id, result);
        return result;
    }

    /// <returns>A result for each id, in the order of <paramref name="ids"/>.</returns>
    public async Task<CacheResult[]> GetManyAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        var results = await cache.GetManyAsync([.. ids.Select(Key)], cancellationToken);
        foreach (var (id, result) in ids.Zip(results))
        {
            LogSource(id, result);
        }

        return results;
    }

    /// <summary>Commits a change of one user, and sees to it that the cache forgets what was before.</summary>
    /// <param name="id">The user.</param>
    /// <param name="transaction">In which the row was changed.</param>
    /// <returns>Whether every later read gives the change. Otherwise Redis was not reached, and that takes until the change is relayed.</returns>
    public async Task<bool> CommitAsync(long id, IDbContextTransaction transaction)
    {
        using var span = CacheTelemetry.StartWrite(Key(id));
        try
        {
            return await CommitThroughCacheAsync(id, transaction);
        }
        catch (Exception failure)
        {
            CacheTelemetry.Failed(span, failure);
            throw;
        }
    }

    private async Task<bool> CommitThroughCacheAsync(long id, IDbContextTransaction transaction)
    {
        var write = await cache.BeginWriteAsync(Key(id));
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

    private void LogSource(long id, in CacheResult result)
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
