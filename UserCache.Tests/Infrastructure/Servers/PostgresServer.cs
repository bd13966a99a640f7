using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>
/// A real PostgreSQL on a free loopback port, with an empty database <c>usersdb</c>. It refuses to run as root, so it does not.
/// </summary>
/// <param name="data">Where its folder is made.</param>
public sealed partial class PostgresServer(DataFolder data) : Server("PostgreSQL")
{
    public const string Database = "usersdb";

    private const string Superuser = "postgres";
    private const string SystemUser = "postgres";

    private static readonly string Password = RandomNumberGenerator.GetHexString(32, lowercase: true);
    // Made once and copied, which takes a tenth of the time.
    private static readonly Lazy<Task<PostgresServer>> Template = new(MakeTemplateAsync);

    private readonly string _folder = data.Create($"postgres-{Guid.NewGuid():N}");

    public int Port { get; } = FreePort.Next();

    public string ConnectionString => ConnectionStringTo(Database);

    private static string Programs => UserCache.AppHost.Servers.Programs.Postgres ?? throw Tool.Missing("postgresql", "postgresql");

    private string Cluster => Path.Combine(_folder, "cluster");

    private string PortText => string.Create(CultureInfo.InvariantCulture, $"{Port}");

    /// <summary>Makes another database, as a copy of one that nobody is connected to; an empty one by default.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(string name, string template = "template1")
    {
        await using var server = NpgsqlDataSource.Create($"{ConnectionStringTo("postgres")};Pooling=false");
        // A third of the work of the default, which is for large databases on busy servers.
        await using var create = server.CreateCommand($"CREATE DATABASE \"{name}\" TEMPLATE \"{template}\" STRATEGY file_copy");
        await create.ExecuteNonQueryAsync();
        return ConnectionStringTo(name);
    }

    protected override async Task PrepareAsync() =>
        await Tool.RunAsync(new ProcessSpec("cp", "-aT", (await Template.Value)._folder, _folder));

    protected override Task SetUpAsync() => CreateDatabaseAsync(Database);

    protected override ProcessSpec Command() => Unprivileged(
        Path.Combine(Programs, "postgres"),
        "-D", Cluster,
        "-c", "listen_addresses=127.0.0.1",
        "-c", $"port={PortText}",
        "-c", "unix_socket_directories=",
        "-c", "max_connections=300",
        // The data is thrown away with the folder: waiting for the disk would protect nothing.
        "-c", "fsync=off") with
    {
        Ready = ReadyLine(),
        // A "fast" shutdown: PostgreSQL takes SIGTERM as a wish to wait until every client has left.
        StopSignal = "INT",
    };

    private static async Task<PostgresServer> MakeTemplateAsync()
    {
        var data = new DataFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => data.Dispose();
        var template = new PostgresServer(data);
        var passwordFile = Path.Combine(template._folder, "password");
        await DataFolder.WriteSecretAsync(passwordFile, Password);
        if (Environment.IsPrivilegedProcess)
        {
            await Tool.RunAsync(new ProcessSpec("chown", "-R", SystemUser, template._folder) { Folder = template._folder });
        }

        await Tool.RunAsync(
            template.Unprivileged(
                Path.Combine(Programs, "initdb"),
                $"--pgdata={template.Cluster}", $"--username={Superuser}", "--auth=scram-sha-256", $"--pwfile={passwordFile}",
                "--encoding=UTF8", "--locale=C", "--no-sync"));
        File.Delete(passwordFile);
        return template;
    }

    private string ConnectionStringTo(string database) =>
        $"Host=127.0.0.1;Port={PortText};Username={Superuser};Password={Password};Database={database}";

    private ProcessSpec Unprivileged(string program, params string[] arguments)
    {
        var spec = Environment.IsPrivilegedProcess
            ? new ProcessSpec("setpriv", [$"--reuid={SystemUser}", $"--regid={SystemUser}", "--init-groups", program, .. arguments])
            : new ProcessSpec(program, arguments);
        return spec with { Environment = new Dictionary<string, string> { ["LC_ALL"] = "C" }, Folder = _folder };
    }

    [GeneratedRegex("database system is ready to accept connections")]
    private static partial Regex ReadyLine();
}
