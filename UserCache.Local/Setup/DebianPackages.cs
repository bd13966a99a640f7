using UserCache.Local.Processes;

namespace UserCache.Local.Setup;

/// <summary>Installs packages where that can be done without asking: on Debian and its like, as root.</summary>
internal static class DebianPackages
{
    private static readonly Dictionary<string, string> Quiet = new() { ["DEBIAN_FRONTEND"] = "noninteractive" };

    public static bool CanInstall => Environment.IsPrivilegedProcess && Tool.Find("apt-get") is not null;

    /// <exception cref="InvalidOperationException">The package can't be installed; the message says why.</exception>
    public static async Task InstallAsync(string package, CancellationToken cancellationToken)
    {
        await Tool.RunAsync(new ProcessSpec("apt-get", "update") { Environment = Quiet }, cancellationToken);
        await Tool.RunAsync(new ProcessSpec("apt-get", "install", "--yes", "--no-install-recommends", package) { Environment = Quiet }, cancellationToken);
    }
}
