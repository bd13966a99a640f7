using System.Diagnostics;
using Npgsql;

namespace UserCache.Tests.Chaos;

/// <summary>Reads and writes past the API, as any other client of PostgreSQL makes them.</summary>
internal sealed class SqlCalls(NpgsqlDataSource database)
{
    public Task<Operation> ReadAsync(int client, int key) => RunAsync(OperationKind.SqlRead, client, key, async () =>
    {
        await using var command = database.CreateCommand("SELECT version, username, email FROM users WHERE id = $1");
        command.Parameters.AddWithValue((long)key);
        await using var row = await command.ExecuteReaderAsync();
        return await row.ReadAsync()
            ? new UserAnswer(Outcome.Ok, row.GetInt64(0), UserAnswer.ContentOf(row.GetString(1), await row.IsDBNullAsync(2) ? null : row.GetString(2)))
            : new UserAnswer(Outcome.NotFound);
    });

    public Task<Operation> WriteAsync(int client, int key, string username, string email) => RunAsync(OperationKind.SqlWrite, client, key, async () =>
    {
        await using var command = database.CreateCommand("UPDATE users SET email = $1 WHERE id = $2 RETURNING version");
        command.Parameters.AddWithValue(email);
        command.Parameters.AddWithValue((long)key);
        // Returns when PostgreSQL is ready for the next statement: the change is committed then.
        return await command.ExecuteScalarAsync() is long version
            ? new UserAnswer(Outcome.Ok, version, UserAnswer.ContentOf(username, email))
            : new UserAnswer(Outcome.NotFound);
    });

    private static async Task<Operation> RunAsync(OperationKind kind, int client, int key, Func<Task<UserAnswer>> call)
    {
        var begin = Stopwatch.GetTimestamp();
        UserAnswer answer;
        try
        {
            answer = await call();
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or IOException)
        {
            answer = new UserAnswer(Outcome.Unavailable, Detail: failure.Message);
        }

        return new Operation(kind, client, Replica: -1, key, begin, Stopwatch.GetTimestamp(), answer.Outcome, answer.Version, answer.Content, Detail: answer.Detail);
    }
}
