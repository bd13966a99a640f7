namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>Programs that do one thing and end, and where to find programs.</summary>
public static class Tool
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It ended with another status than 0; the message has what it wrote last.</exception>
    public static async Task RunAsync(ProcessSpec spec)
    {
        await using var process = await SupervisedProcess.StartAsync(spec, StartTimeout);
        var status = await process.Exited;
        if (status != 0)
        {
            throw new InvalidOperationException(
                $"{spec.File} ended with status {status}: {string.Join(Environment.NewLine, process.Output.TakeLast(15)).Trim()}");
        }
    }

    /// <summary>Finds a program on the PATH.</summary>
    /// <param name="debian">The package that has it, on Debian.</param>
    /// <param name="mac">The package that has it, in Homebrew.</param>
    /// <param name="programs">Names of the program, each as good as the others.</param>
    /// <exception cref="InvalidOperationException">It is not installed; the message says how to get it.</exception>
    public static string Find(string debian, string mac, params IReadOnlyList<string> programs) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(_ => programs, Path.Combine)
            .FirstOrDefault(File.Exists)
        ?? throw Missing(debian, mac);

    /// <summary>What is thrown for a program that is not installed.</summary>
    public static InvalidOperationException Missing(string debian, string mac) =>
        new($"Something is missing: get it with \"sudo apt-get install {debian}\" (on macOS: \"brew install {mac}\").");
}
