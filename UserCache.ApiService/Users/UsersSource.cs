using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using UserCache.ApiService.Caching;

namespace UserCache.ApiService.Users;

/// <summary>Reads users for the cache from PostgreSQL, in a scope of its own: the cache lives as long as the service, a DbContext as long as one load.</summary>
internal sealed class UsersSource(IServiceScopeFactory scopes) : ICacheSource
{
    public async Task<IReadOnlyList<CachePayload>> LoadAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var ids = keys.Select(CachedUsers.IdOf).ToArray();
        await using var scope = scopes.CreateAsyncScope();
        var rows = await scope.ServiceProvider.GetRequiredService<UsersDbContext>().Users
            .AsNoTracking()
            .Where(user => ids.Contains(user.Id))
            .ToDictionaryAsync(user => user.Id, cancellationToken);
        return [.. ids.Select(id => rows.TryGetValue(id, out var user) ? ToPayload(user) : CachePayload.Absent)];
    }

    private static CachePayload ToPayload(User user) =>
        new(user.Version, JsonSerializer.SerializeToUtf8Bytes(UserData.From(user), UsersJsonContext.Default.UserData));
}
