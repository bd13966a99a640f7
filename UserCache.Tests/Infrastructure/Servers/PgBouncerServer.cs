using System.Text.RegularExpressions;

namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>
/// A real PgBouncer in transaction mode, with two connections to PostgreSQL for all its clients. It refuses to run as root.
/// </summary>
/// <param name="data">Where its folder is made.</param>
/// <param name="database">How to connect to the database behind it.</param>
public sealed partial class PgBouncerServer(DataFolder data, string database) : Server("PgBouncer")
{
    private const string SystemUser = "postgres";

    private readonly NpgsqlConnectionStringBuilder _database = new(database);
    private readonly string _folder = data.Create($"pgbouncer-{Guid.NewGuid():N}");

    public int Port { get; } = FreePort.Next();

    /// <summary>How to connect to the database through it.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(database) { Port = Port }.ConnectionString;

    private string Settings => Path.Combine(_folder, "pgbouncer.ini");

    private string Users => Path.Combine(_folder, "users.txt");

    protected override async Task PrepareAsync()
    {
        await DataFolder.WriteSecretAsync(Users, $"\"{_database.Username}\" \"{_database.Password}\"\n");
        await DataFolder.WriteSecretAsync(
            Settings,
            $"""
            [databases]
            * = host=127.0.0.1 port={_database.Port}

            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {Port}
            unix_socket_dir =
            auth_type = scram-sha-256
            auth_file = {Users}
            pool_mode = transaction
            default_pool_size = 2
            """);
        if (Environment.IsPrivilegedProcess)
        {
            await Tool.RunAsync(new ProcessSpec("chown", "-R", SystemUser, _folder) { Folder = _folder });
        }
    }

    protected override ProcessSpec Command()
    {
        // The folder is not on everyone's PATH.
        var program = Tool.Find("pgbouncer", "pgbouncer", "pgbouncer", "/usr/sbin/pgbouncer");
        var spec = Environment.IsPrivilegedProcess
            ? new ProcessSpec("setpriv", $"--reuid={SystemUser}", $"--regid={SystemUser}", "--init-groups", program, Settings)
            : new ProcessSpec(program, Settings);
        return spec with { Ready = ReadyLine(), Folder = _folder };
    }

    [GeneratedRegex("process up: PgBouncer")]
    private static partial Regex ReadyLine();
}
