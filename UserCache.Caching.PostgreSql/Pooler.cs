using System.Collections.Concurrent;
using Npgsql;

namespace UserCache.Caching.PostgreSql;

/// <summary>
/// Whether a pooler stands between this service and its database. In transaction mode it gives each transaction whichever connection is
/// free, where a statement that was prepared by name is missing, or is another client's of the same name. (PgBouncer 1.21 and later can
/// tell them apart; it does not say whether it does.)
/// </summary>
public sealed class Pooler
{
    // The one that this client was told when it connected is the server's own, unless a pooler had to make one up.
    private const string ServerProcess = "SELECT pg_backend_pid()";

    // A connection keeps each for as long as it lives, and so does the server: texts that are made as they are needed would be ever more.
    private const int MostPrepared = 200;

    private readonly ConcurrentDictionary<string, bool> _prepared = new();
    private volatile bool _isThere;

    /// <summary>Whether one was seen: then nothing may be prepared.</summary>
    public bool IsThere => _isThere;

    /// <summary>Whether a statement is to be prepared: one of the first two hundred, where no pooler was seen.</summary>
    internal bool MayPrepare(string sql) =>
        !_isThere && (_prepared.ContainsKey(sql) || (_prepared.Count < MostPrepared && _prepared.TryAdd(sql, true)));

    /// <summary>Looks at each connection that is made, before anyone uses it.</summary>
    /// <param name="database">Makes the source of the connections.</param>
    public void Watch(NpgsqlDataSourceBuilder database) => database.UsePhysicalConnectionInitializer(
        connection =>
        {
            using var ask = Ask(connection);
            Compare(connection, ask.ExecuteScalar());
        },
        async connection =>
        {
            await using var ask = Ask(connection);
            Compare(connection, await ask.ExecuteScalarAsync());
        });

    // In the time for connecting: it is a part of that.
    private static NpgsqlCommand Ask(NpgsqlConnection connection) =>
        new(ServerProcess, connection) { CommandTimeout = connection.ConnectionTimeout };

    private void Compare(NpgsqlConnection connection, object? process)
    {
        if (process is int id && id != connection.ProcessID)
        {
            _isThere = true;
        }
    }
}
