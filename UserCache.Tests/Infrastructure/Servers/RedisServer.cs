using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>A real Redis on a free loopback port, with a password and without persistence: killed, it forgets.</summary>
/// <param name="data">Where its folder is made.</param>
/// <param name="options">Further options, as on its command line.</param>
public sealed partial class RedisServer(DataFolder data, params string[] options) : Server("Redis")
{
    /// <summary>Where it keeps what it is told to save.</summary>
    public string Folder { get; } = data.Create($"redis-{Guid.NewGuid():N}");

    public int Port { get; } = FreePort.Next();

    /// <summary>Its own, and that of a primary that it is told to follow.</summary>
    public string Password { get; init; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port},password={Password}");

    private string Settings => Path.Combine(Folder, "redis.conf");

    // Not as an argument, which every user of the machine could read.
    protected override Task PrepareAsync() =>
        DataFolder.WriteSecretAsync(Settings, $"requirepass {Password}\nmasterauth {Password}\n");

    protected override ProcessSpec Command() => new(
        Tool.Find("redis-server", "redis", "redis-server"),
        [
            Settings,
            "--port", string.Create(CultureInfo.InvariantCulture, $"{Port}"),
            "--bind", "127.0.0.1",
            "--dir", Folder,
            "--save", "",
            "--daemonize", "no",
            .. options,
        ])
    {
        Ready = ReadyLine(),
        Folder = Folder,
    };

    [GeneratedRegex("Ready to accept connections")]
    private static partial Regex ReadyLine();
}
