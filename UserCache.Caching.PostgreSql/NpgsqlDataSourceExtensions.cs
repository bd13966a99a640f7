using Npgsql;

namespace UserCache.Caching.PostgreSql;

/// <summary>One statement, all its rows.</summary>
internal static class NpgsqlDataSourceExtensions
{
    /// <param name="database">Where.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="parameters">In the order of their numbers in it.</param>
    /// <param name="read">Reads a row.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<List<T>> ReadAsync<T>(
        this NpgsqlDataSource database, string sql, IEnumerable<NpgsqlParameter> parameters, Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken)
    {
        await using var command = database.Command(sql, parameters);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var all = new List<T>();
        while (await rows.ReadAsync(cancellationToken))
        {
            all.Add(read(rows));
        }

        return all;
    }

    /// <summary>The same, where there is one row.</summary>
    public static async Task<T> ReadOneAsync<T>(
        this NpgsqlDataSource database, string sql, IEnumerable<NpgsqlParameter> parameters, Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken) => (await database.ReadAsync(sql, parameters, read, cancellationToken))[0];

    /// <returns>How many rows were changed.</returns>
    public static async Task<int> ExecuteAsync(
        this NpgsqlDataSource database, string sql, IEnumerable<NpgsqlParameter> parameters, CancellationToken cancellationToken)
    {
        await using var command = database.Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlCommand Command(this NpgsqlDataSource database, string sql, IEnumerable<NpgsqlParameter> parameters)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.AddRange(parameters.ToArray());
        return command;
    }
}
