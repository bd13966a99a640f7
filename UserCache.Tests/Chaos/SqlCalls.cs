namespace UserCache.Tests.Chaos;

/// <summary>Reads and writes past the API, as any other client of PostgreSQL makes them.</summary>
internal sealed class SqlCalls(NpgsqlDataSource database)
{
    public Task<Operation> ReadAsync(int client, int key) => RunAsync(OperationKind.SqlRead, client, key, async () =>
    {
        var rows = await database.RowsAsync(
            "SELECT version, username, email FROM users WHERE id = $1",
            row => new UserAnswer(Outcome.Ok, row.GetInt64(0), UserAnswer.ContentOf(row.GetString(1), row[2] as string)),
            (long)key);
        return rows is [var found] ? found : new UserAnswer(Outcome.NotFound);
    });

    public Task<Operation> WriteAsync(int client, int key, string username, string email) =>
        RunAsync(OperationKind.SqlWrite, client, key, async () =>
        {
            // Returns when PostgreSQL is ready for the next statement: the change is committed then.
            const string Update = "UPDATE users SET email = $1 WHERE id = $2 RETURNING version";
            return await database.ScalarAsync<long?>(Update, email, (long)key) is { } version
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

        return new Operation(
            kind, client, Replica: -1, key, begin, Stopwatch.GetTimestamp(),
            answer.Outcome, answer.Version, answer.Content, Detail: answer.Detail);
    }
}
