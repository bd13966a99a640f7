using System.Text.RegularExpressions;

namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>
/// One replica of the API as a process. It need not be ready when its start returns: it listens, and <c>/health</c> says when it is.
/// </summary>
/// <param name="port">The loopback port it listens on.</param>
/// <param name="settings">Configuration keys and values, with <c>:</c> between sections.</param>
/// <param name="environment">More of its environment.</param>
public sealed partial class ApiServer(
    int port, IReadOnlyDictionary<string, string> settings, IReadOnlyDictionary<string, string>? environment = null) : Server("API")
{
    private static readonly string Program = Path.Combine(
        Repository.Root, "UserCache.ApiService", "bin", Repository.Configuration, "net10.0", "UserCache.ApiService.dll");

    public Uri Url { get; } = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

    protected override ProcessSpec Command() => new("dotnet", Program)
    {
        Environment = Variables(),
        Ready = ReadyLine(),
    };

    private Dictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}"),
            // Where its appsettings are.
            ["ASPNETCORE_CONTENTROOT"] = Path.GetDirectoryName(Program)!,
            // It is in production, which asks for these.
            ["Security__AllowAnonymous"] = "true",
            ["Security__AllowUnencrypted"] = "true",
            ["Shutdown__Drain"] = "00:00:00",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            variables[name] = value;
        }

        foreach (var (key, value) in settings)
        {
            variables[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        return variables;
    }

    [GeneratedRegex("Application started")]
    private static partial Regex ReadyLine();
}
