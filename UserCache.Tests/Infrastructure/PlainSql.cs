namespace UserCache.Tests.Infrastructure;

/// <summary>One statement each, as any other client of PostgreSQL makes it; <c>$1</c> and so on stand for the parameters.</summary>
public static class PlainSql
{
    /// <returns>How many rows it has changed.</returns>
    public static async Task<int> ExecuteAsync(this NpgsqlDataSource database, string sql, params object[] parameters)
    {
        await using var command = Command(database, sql, parameters);
        return await command.ExecuteNonQueryAsync();
    }

    /// <returns>The first column of the first row; <see langword="null"/> when there is no row.</returns>
    public static async Task<T> ScalarAsync<T>(this NpgsqlDataSource database, string sql, params object[] parameters)
    {
        await using var command = Command(database, sql, parameters);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <returns>What is made of each row.</returns>
    public static async Task<List<T>> RowsAsync<T>(
        this NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, T> make, params object[] parameters)
    {
        await using var command = Command(database, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(make(reader));
        }

        return rows;
    }

    private static NpgsqlCommand Command(NpgsqlDataSource database, string sql, object[] parameters)
    {
        var command = database.CreateCommand(sql);
        Array.ForEach(parameters, parameter => command.Parameters.AddWithValue(parameter));
        return command;
    }
}
