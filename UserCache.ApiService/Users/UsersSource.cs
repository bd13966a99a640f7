using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using UserCache.ApiService.Invalidation;
using UserCache.Caching;

namespace UserCache.ApiService.Users;

/// <summary>Reads users for the cache from PostgreSQL, by the driver alone: the one statement that every miss costs.</summary>
internal sealed class UsersSource(NpgsqlDataSource database, UserKeys users, Pooler pooler, IOptions<CacheOptions> options) : ICacheSource
{
    private const string Select = $"SELECT {UserRow.Columns} FROM users WHERE id = ANY ($1)";

    // The caller gives up first; the driver's own limit, which is for all other queries, must not be shorter.
    private readonly int _timeoutSeconds = (int)Math.Ceiling(options.Value.LoadTimeout.TotalSeconds) + 1;

    public async Task<IReadOnlyList<CachePayload>> LoadAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var ids = new long[keys.Count];
        for (var place = 0; place < ids.Length; place++)
        {
            ids[place] = users.IdOf(keys[place]);
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Select, connection) { CommandTimeout = _timeoutSeconds };
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = ids });
        if (!pooler.IsThere)
        {
            // Once for each connection.
            await command.PrepareAsync(cancellationToken);
        }

        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        // Absent, unless there is a row.
        var payloads = new CachePayload[ids.Length];
        while (await rows.ReadAsync(cancellationToken))
        {
            var user = UserRow.Read(rows);
            payloads[Array.IndexOf(ids, user.Id)] = new CachePayload(
                user.Version, JsonSerializer.SerializeToUtf8Bytes(user, UsersJsonContext.Default.UserData));
        }

        return payloads;
    }
}
