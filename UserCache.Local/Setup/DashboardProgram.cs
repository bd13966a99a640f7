using System.Runtime.InteropServices;
using UserCache.Local.Processes;

namespace UserCache.Local.Setup;

/// <summary>The Aspire CLI, which has the dashboard inside: the one on the PATH, or its npm package in an ignored folder here.</summary>
public static class DashboardProgram
{
    private const string Version = "13.5.4";

    private static readonly string Package = $"@microsoft/aspire-cli-{RuntimeInformation.RuntimeIdentifier}";
    private static readonly string Folder = System.IO.Path.Combine(Repository.Root, ".tools", $"aspire-cli-{Version}");
    private static readonly string Installed = System.IO.Path.Combine(Folder, "node_modules", Package, "bin", "aspire");

    private static readonly string Home = System.IO.Path.Combine(Folder, "home");

    /// <summary>The program, or <see langword="null"/> when it is not installed.</summary>
    public static string? Path => Tool.Find("aspire", System.IO.Path.GetDirectoryName(Installed)!);

    /// <summary>The CLI's environment: no colours, no reports on its usage, and our own package unpacks here, not in the user's home folder.</summary>
    internal static IReadOnlyDictionary<string, string> EnvironmentOf(string program)
    {
        var environment = new Dictionary<string, string> { ["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "true", ["NO_COLOR"] = "1" };
        if (program == Installed)
        {
            environment["HOME"] = Home;
        }

        return environment;
    }

    /// <exception cref="InvalidOperationException">It can't be installed; the message says why.</exception>
    internal static async Task InstallAsync(CancellationToken cancellationToken)
    {
        if (Tool.Find("npm") is null)
        {
            if (!DebianPackages.CanInstall)
            {
                throw new InvalidOperationException("npm is missing");
            }

            await DebianPackages.InstallAsync("npm", cancellationToken);
        }

        Directory.CreateDirectory(Home);
        await Tool.RunAsync(
            new ProcessSpec("npm", "install", "--prefix", Folder, "--no-save", "--no-audit", "--no-fund", "--loglevel=error", $"{Package}@{Version}"),
            cancellationToken);
    }
}
