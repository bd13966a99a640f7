using UserCache.AppHost.Servers;

namespace UserCache.Tests.AppHost;

/// <summary>PostgreSQL as the AppHost runs it where there are no containers.</summary>
public sealed class PostgresScriptTests
{
    private const string Password = "it's \"secret\"";
    private const string Started = "SELECT pg_postmaster_start_time()";
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
        var scripts = new List<Process>();
        try
        {
            scripts.Add(Start(folder, port));
            await Eventually.GetAsync(() => AnswerAsync("CREATE TABLE kept AS SELECT 42 AS answer; SELECT 1"), answer => answer is 1);
            var started = Assert.IsType<DateTime>(await AnswerAsync(Started));

            scripts[0].Kill();
            // At once: the server may still be ending then.
            scripts.Add(Start(folder, port));
            await Eventually.GetAsync(() => AnswerAsync(Started), other => other is not null && !other.Equals(started));
            Assert.Equal(42, await AnswerAsync("SELECT answer FROM kept"));
        }
        finally
        {
            scripts.ForEach(script => script.Kill());
            // The server has ended when its file is gone, and not before.
            await Eventually.GetAsync(
                () => Task.FromResult(Directory.GetFiles(folder, "postmaster.pid", SearchOption.AllDirectories)),
                files => files.Length == 0);
        }

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
