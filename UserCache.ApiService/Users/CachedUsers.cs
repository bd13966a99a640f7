using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using UserCache.ApiService.Caching;

namespace UserCache.ApiService.Users;

/// <summary>Users through the cache: the keys, and how PostgreSQL is read for what the cache lacks.</summary>
internal sealed partial class CachedUsers(CacheAside cache, IServiceScopeFactory scopes, ILogger<CachedUsers> logger)
{
    public async Task<CacheResult> GetAsync(long id, CancellationToken cancellationToken)
    {
        var result = await cache.GetAsync(Key(id), async cancellation => (await LoadAsync([id], cancellation))[0], cancellationToken);
        LogSource(id, result);
        return result;
    }

    /// <returns>A result for each id, in the order of <paramref name="ids"/>.</returns>
    public async Task<CacheResult[]> GetManyAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        var results = await cache.GetManyAsync(
            [.. ids.Select(Key)],
            (places, cancellation) => LoadAsync([.. places.Select(place => ids[place])], cancellation),
            cancellationToken);
        for (var place = 0; place < results.Length; place++)
        {
            LogSource(ids[place], results[place]);
        }

        return results;
    }

    /// <summary>To be called after a change of the user was committed, or may have been.</summary>
    public Task InvalidateAsync(long id) => cache.InvalidateAsync(Key(id));

    private static string Key(long id) => string.Create(CultureInfo.InvariantCulture, $"USER::{id}");

    // In a scope of its own: this object lives as long as the service, a DbContext as long as one load.
    private async Task<IReadOnlyList<CachePayload>> LoadAsync(long[] ids, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var rows = await scope.ServiceProvider.GetRequiredService<UsersDbContext>().Users
            .AsNoTracking()
            .Where(user => ids.Contains(user.Id))
            .ToDictionaryAsync(user => user.Id, cancellationToken);
        return [.. ids.Select(id => rows.TryGetValue(id, out var user) ? ToPayload(user) : CachePayload.Absent)];
    }

    private static CachePayload ToPayload(User user) =>
        new(user.Version, JsonSerializer.SerializeToUtf8Bytes(UserData.From(user), UsersJsonContext.Default.UserData));

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
