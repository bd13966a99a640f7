using UserCache.AppHost.Servers;

namespace UserCache.Tests.AppHost;

/// <summary>PostgreSQL as the AppHost runs it where there are no containers.</summary>
public sealed class PostgresScriptTests
{
    private const string Password = "it's \"secret\"";
    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "Servers", "postgres.sh");

    [Fact]
    public async Task Server_whose_script_is_killed_ends_and_the_next_one_has_its_data()
    {
        using var data = new DataFolder();
        var folder = data.Create("postgres");
        var port = FreePort.Next();
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = port, Username = "postgres", Password = Password, Database = "usersdb", Pooling = false,
        });
        using var first = Start(folder, port);
        await Eventually.GetAsync(() => AnswerAsync("CREATE TABLE kept AS SELECT 42 AS answer; SELECT 1"), answer => answer is 1);

        first.Kill();
        // At once: the server may still be ending then.
        using var second = Start(folder, port);
        await Eventually.GetAsync(() => AnswerAsync("SELECT answer FROM kept"), answer => answer is 42);

        second.Kill();
        await Eventually.GetAsync(() => AnswerAsync("SELECT 1"), answer => answer is null);

        async Task<object?> AnswerAsync(string query)
        {
            try
            {
                return await database.CreateCommand(query).ExecuteScalarAsync();
            }
            catch (NpgsqlException)
            {
                return null;
            }
        }
    }

    private static Process Start(string folder, int port) => Process.Start(
        new ProcessStartInfo("bash", [Script, Programs.Postgres!, folder, port.ToString(CultureInfo.InvariantCulture), "usersdb"])
        {
            Environment = { ["POSTGRES_PASSWORD"] = Password },
        })!;
}
