using System.Diagnostics;
using Npgsql;

namespace UserCache.Tests.Chaos;

/// <summary>Writes past the API, as any other client of PostgreSQL makes them.</summary>
internal sealed class SqlCalls(NpgsqlDataSource database)
{
    public async Task<Operation> WriteAsync(int client, int key, string username, string email)
    {
        var begin = Stopwatch.GetTimestamp();
        try
        {
            await using var command = database.CreateCommand("UPDATE users SET email = $1 WHERE id = $2 RETURNING version");
            command.Parameters.AddWithValue(email);
            command.Parameters.AddWithValue((long)key);
            // Returns when PostgreSQL is ready for the next statement: the change is committed then.
            return await command.ExecuteScalarAsync() is long version
                ? Operation(Outcome.Ok, version, UserAnswer.ContentOf(username, email))
                : Operation(Outcome.NotFound);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or IOException)
        {
            return Operation(Outcome.Unavailable, detail: failure.Message);
        }

        Operation Operation(Outcome outcome, long version = 0, int content = 0, string? detail = null) =>
            new(OperationKind.SqlWrite, client, Replica: -1, key, begin, Stopwatch.GetTimestamp(), outcome, version, content, Detail: detail);
    }
}
