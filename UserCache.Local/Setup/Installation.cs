using UserCache.Local.Processes;

namespace UserCache.Local.Setup;

/// <summary>Makes sure that the programs the app needs are on this machine.</summary>
public static class Installation
{
    /// <summary>Finds or installs Redis, PostgreSQL and the dashboard.</summary>
    /// <exception cref="InvalidOperationException">Redis or PostgreSQL is missing and can't be installed; the message says what to do.</exception>
    public static async Task EnsureAsync(Progress progress, CancellationToken cancellationToken)
    {
        await EnsureProgramAsync(progress, "Redis", "redis-server", "redis", Tool.Find("redis-server") is not null, cancellationToken);
        await EnsureProgramAsync(progress, "PostgreSQL", "postgresql", "postgresql", PostgresPrograms.AreInstalled, cancellationToken);

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

    /// <summary>
    /// Finds or installs what the app needs, and what the tests do: SPIN, the model checker, which makes a C program of the model, a browser, and npm for the console's charts.
    /// </summary>
    /// <exception cref="InvalidOperationException">One of them is missing and can't be installed; the message says what to do.</exception>
    public static async Task EnsureForTestsAsync(Progress progress, CancellationToken cancellationToken)
    {
        await EnsureAsync(progress, cancellationToken);
        await EnsureProgramAsync(progress, "npm", "npm", "node", Tool.Find("npm") is not null, cancellationToken);
        await EnsureProgramAsync(progress, "A C compiler", "build-essential", "gcc", Tool.Find("gcc") is not null, cancellationToken);
        await EnsureProgramAsync(progress, "SPIN", "spin", "spin", Tool.Find("spin") is not null, cancellationToken);
        await EnsureProgramAsync(progress, "Chromium", "chromium", "chromium", ChromiumProgram.Path is not null, cancellationToken);
    }

    private static async Task EnsureProgramAsync(
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
