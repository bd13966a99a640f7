using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using UserCache.Caching;

namespace UserCache.ApiService.Users;

/// <summary>Reads users for the cache from PostgreSQL, in a scope of its own: the cache lives as long as the service, a DbContext as long as one load.</summary>
internal sealed class UsersSource(IServiceScopeFactory scopes, IOptions<CacheOptions> options) : ICacheSource
{
    // The caller gives up first; the driver's own limit, which is for all other queries, must not be shorter.
    private readonly TimeSpan _commandTimeout = options.Value.LoadTimeout + TimeSpan.FromSeconds(1);

    public async Task<IReadOnlyList<CachePayload>> LoadAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var ids = keys.Select(CachedUsers.IdOf).ToArray();
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<UsersDbContext>();
        database.Database.SetCommandTimeout(_commandTimeout);
        var rows = await database.Users
            .AsNoTracking()
            .Where(user => ids.Contains(user.Id))
            .ToDictionaryAsync(user => user.Id, cancellationToken);
        return [.. ids.Select(id => rows.TryGetValue(id, out var user) ? ToPayload(user) : CachePayload.Absent)];
    }

    private static CachePayload ToPayload(User user) =>
        new(user.Version, JsonSerializer.SerializeToUtf8Bytes(UserData.From(user), UsersJsonContext.Default.UserData));
}
