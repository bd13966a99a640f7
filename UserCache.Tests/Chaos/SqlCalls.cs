namespace UserCache.Tests.Chaos;

/// <summary>Reads and writes past the API, as any other client of PostgreSQL makes them.</summary>
internal sealed class SqlCalls(NpgsqlDataSource database)
{
    public Task<Operation> ReadAsync(int client, int row) => RunAsync(OperationKind.SqlRead, client, row, async () =>
        await database.RowsAsync(
            $"SELECT {Columns(row)} WHERE {Which(row)}", found => Answer(found), ChaosRow.IdOf(row)) is [var found]
            ? found
            : new RowAnswer(Outcome.NotFound));

    /// <summary>Changes a user's e-mail address, or a team's name.</summary>
    public Task<Operation> WriteAsync(int client, int row, string text) =>
        RunAsync(OperationKind.SqlWrite, client, row, async () =>
        {
            // Returns when PostgreSQL is ready for the next statement: the change is committed then.
            var update = ChaosRow.IsTeam(row)
                ? $"UPDATE teams SET name = $2 WHERE {Which(row)} RETURNING version, name, seats"
                : $"UPDATE users SET email = $2 WHERE {Which(row)} RETURNING version, username, email";
            return await database.RowsAsync(update, found => Answer(found), ChaosRow.IdOf(row), text) is [var written]
                ? written
                : new RowAnswer(Outcome.NotFound);
        });

    private static string Columns(int row) =>
        ChaosRow.IsTeam(row) ? "version, name, seats FROM teams" : "version, username, email FROM users";

    private static string Which(int row) => ChaosRow.IsTeam(row) ? "id = $1::uuid" : "id = $1::text::bigint";

    private static RowAnswer Answer(NpgsqlDataReader found) =>
        new(Outcome.Ok, found.GetInt64(0), ChaosRow.ContentOf(found.GetString(1), found.IsDBNull(2) ? null : found.GetValue(2)));

    private static async Task<Operation> RunAsync(OperationKind kind, int client, int row, Func<Task<RowAnswer>> call)
    {
        var begin = Stopwatch.GetTimestamp();
        RowAnswer answer;
        try
        {
            answer = await call();
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or IOException)
        {
            answer = new RowAnswer(Outcome.Unavailable, Detail: failure.Message);
        }

        return new Operation(
            kind, client, Replica: -1, row, begin, Stopwatch.GetTimestamp(),
            answer.Outcome, answer.Version, answer.Content, Detail: answer.Detail);
    }
}
