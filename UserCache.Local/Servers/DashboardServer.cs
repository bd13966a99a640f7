using System.Globalization;
using System.Text.RegularExpressions;
using UserCache.Local.Processes;
using UserCache.Local.Setup;

namespace UserCache.Local.Servers;

/// <summary>The Aspire dashboard, run by the Aspire CLI, on free loopback ports.</summary>
/// <param name="program">The CLI; see <see cref="DashboardProgram"/>.</param>
public sealed partial class DashboardServer(string program) : Server("Aspire dashboard")
{
    private readonly string _otlpHttpEndpoint = NewUrl();

    /// <summary>Where the dashboard's pages are, without the login.</summary>
    public string Url { get; } = NewUrl();

    /// <summary>The page that logs a browser in.</summary>
    public string LoginUrl => LoginLine().Match(Output.First(line => LoginLine().IsMatch(line))).Value;

    /// <summary>Where telemetry is sent to (OTLP over gRPC).</summary>
    public string OtlpEndpoint { get; } = NewUrl();

    protected override ProcessSpec Command() => new(
        program,
        "--nologo", "--non-interactive", "dashboard", "run",
        "--frontend-url", Url,
        "--otlp-grpc-url", OtlpEndpoint,
        "--otlp-http-url", _otlpHttpEndpoint)
    {
        Ready = LastLine(),
        Environment = DashboardProgram.EnvironmentOf(program),
    };

    private static string NewUrl() => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}");

    [GeneratedRegex(@"http://\S+/login\?t=\w+")]
    private static partial Regex LoginLine();

    [GeneratedRegex("OTLP/HTTP")]
    private static partial Regex LastLine();
}
