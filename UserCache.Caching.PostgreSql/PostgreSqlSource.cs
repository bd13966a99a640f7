using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Npgsql;

namespace UserCache.Caching.PostgreSql;

/// <summary>Reads rows for a cache from PostgreSQL, by the driver alone: the one statement that every miss costs.</summary>
/// <param name="database">Where they are.</param>
/// <param name="pooler">What may be between.</param>
/// <param name="loadTimeout">After which the cache gives up.</param>
/// <param name="select">Takes the keys as one array.</param>
/// <param name="read">Reads a row and its key.</param>
internal sealed class PostgreSqlSource<TKey>(
    NpgsqlDataSource database, Pooler pooler, TimeSpan loadTimeout, string select, Func<NpgsqlDataReader, (TKey Key, SourceRow Row)> read)
    : ICacheSource
    where TKey : IParsable<TKey>
{
    // The cache gives up first; the driver's own limit, which is for all other queries, must not be shorter.
    private readonly int _timeoutSeconds = (int)Math.Ceiling(loadTimeout.TotalSeconds) + 1;

    public async Task<IReadOnlyList<SourceRow>> LoadAsync(IReadOnlyList<string> rows, CancellationToken cancellationToken)
    {
        var all = new SourceRow[rows.Count];
        var keys = new List<TKey>(rows.Count);
        for (var place = 0; place < all.Length; place++)
        {
            if (TryParse(rows[place], out var key))
            {
                keys.Add(key);
            }
            else
            {
                // No row can have it, and nobody would remove what is kept under it.
                all[place] = SourceRow.Gone with { IsUncacheable = true };
            }
        }

        if (keys.Count == 0)
        {
            return all;
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(select, connection) { CommandTimeout = _timeoutSeconds };
        command.Parameters.Add(new NpgsqlParameter<TKey[]> { TypedValue = [.. keys] });
        if (!pooler.IsThere)
        {
            // Once for each connection.
            await command.PrepareAsync(cancellationToken);
        }

        await using var found = await command.ExecuteReaderAsync(cancellationToken);
        // Gone, unless there is a row.
        while (await found.ReadAsync(cancellationToken))
        {
            var (key, row) = read(found);
            var text = TextOf(key);
            for (var place = 0; place < all.Length; place++)
            {
                if (string.Equals(rows[place], text, StringComparison.Ordinal))
                {
                    all[place] = row;
                }
            }
        }

        return all;
    }

    public bool IsKey(string row) => TryParse(row, out _);

    private static string TextOf(TKey key) => string.Create(CultureInfo.InvariantCulture, $"{key}");

    // What PostgreSQL writes otherwise has another key in the outbox; and it has no text with a NUL.
    private static bool TryParse(string text, [NotNullWhen(true)] out TKey? key) =>
        TKey.TryParse(text, CultureInfo.InvariantCulture, out key)
        && string.Equals(TextOf(key), text, StringComparison.Ordinal) && !text.Contains('\0', StringComparison.Ordinal);
}
