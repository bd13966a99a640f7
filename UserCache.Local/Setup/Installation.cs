using UserCache.Local.Processes;

namespace UserCache.Local.Setup;

/// <summary>Makes sure that the programs the app needs are on this machine.</summary>
public static class Installation
{
    /// <summary>Finds or installs Redis, PostgreSQL and the dashboard.</summary>
    /// <exception cref="InvalidOperationException">Redis or PostgreSQL is missing and can't be installed; the message says what to do.</exception>
    public static async Task EnsureAsync(Progress progress, CancellationToken cancellationToken)
    {
        await EnsureServerAsync(progress, "Redis", "redis-server", "redis", Tool.Find("redis-server") is not null, cancellationToken);
        await EnsureServerAsync(progress, "PostgreSQL", "postgresql", "postgresql", PostgresPrograms.AreInstalled, cancellationToken);

        if (DashboardProgram.Path is null)
        {
            try
            {
                await progress.StepAsync("Installing the Aspire dashboard (about 130 MB, once)", () => DashboardProgram.InstallAsync(cancellationToken));
            }
            catch (InvalidOperationException failure)
            {
                progress.Note($"Going on without the Aspire dashboard: {failure.Message}. (It comes with the Aspire CLI: https://aspire.dev)");
            }
        }
    }

    private static async Task EnsureServerAsync(
        Progress progress, string name, string debianPackage, string brewFormula, bool isInstalled, CancellationToken cancellationToken)
    {
        if (isInstalled)
        {
            return;
        }

        if (!DebianPackages.CanInstall)
        {
            throw new InvalidOperationException(
                $"{name} is not installed. Install it with \"sudo apt-get install {debianPackage}\" (on macOS: \"brew install {brewFormula}\") and try again.");
        }

        await progress.StepAsync($"Installing {name}", () => DebianPackages.InstallAsync(debianPackage, cancellationToken));
    }
}
