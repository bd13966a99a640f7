using System.Globalization;
using UserCache.ApiService.Invalidation;
using UserCache.Caching;

namespace UserCache.ApiService.Users;

/// <summary>Users through the cache.</summary>
internal sealed partial class CachedUsers(CacheAside cache, CacheInvalidation invalidation, ILogger<CachedUsers> logger)
{
    private const string KeyPrefix = "USER::";

    /// <summary>The cache's key of a user.</summary>
    public static string Key(long id) => string.Create(CultureInfo.InvariantCulture, $"{KeyPrefix}{id}");

    /// <summary>The cache's keys of users whose ids fit a pattern, as Redis' <c>SCAN</c> takes it.</summary>
    public static string KeyPattern(string ids) => KeyPrefix + ids;

    /// <summary>The user that a key of <see cref="Key"/> belongs to.</summary>
    public static long IdOf(string key) => long.Parse(key.AsSpan(KeyPrefix.Length), CultureInfo.InvariantCulture);

    public ValueTask<CacheResult> GetAsync(long id, CancellationToken cancellationToken) => cache.GetAsync(Key(id), cancellationToken);

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
    /// <returns>See <see cref="CacheInvalidation.EndWriteAsync"/>.</returns>
    public Task<bool> CommitAsync(long id, WriteTransaction transaction) => transaction.CommitAsync(invalidation, Key(id));

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
