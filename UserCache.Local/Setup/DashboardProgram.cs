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

    /// <summary>The CLI unpacks the dashboard into the home folder and reports its own usage: neither should happen behind a user's back.</summary>
    internal static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "true",
        ["HOME"] = System.IO.Path.Combine(Folder, "home"),
        ["NO_COLOR"] = "1",
    };

    /// <summary>The program, or <see langword="null"/> when it is not installed.</summary>
    public static string? Path => Tool.Find("aspire", System.IO.Path.GetDirectoryName(Installed)!);

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

        Directory.CreateDirectory(Environment["HOME"]);
        await Tool.RunAsync(
            new ProcessSpec("npm", "install", "--prefix", Folder, "--no-save", "--no-audit", "--no-fund", "--loglevel=error", $"{Package}@{Version}"),
            cancellationToken);
    }
}
