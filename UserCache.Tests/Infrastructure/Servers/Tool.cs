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
            throw new InvalidOperationException($"{spec.File} ended with status {status}: {string.Join(Environment.NewLine, process.Output.TakeLast(15)).Trim()}");
        }
    }

    /// <param name="debian">The package that has it, on Debian.</param>
    /// <param name="mac">The package that has it, in Homebrew.</param>
    /// <param name="programs">Names of the program, each as good as the others.</param>
    /// <param name="folders">Where it may be, when it is not on the PATH.</param>
    /// <returns>The program's full path.</returns>
    /// <exception cref="InvalidOperationException">It is not installed; the message says how to get it.</exception>
    public static string Find(string debian, string mac, IReadOnlyList<string> programs, params IEnumerable<string> folders) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(folders)
            .SelectMany(_ => programs, Path.Combine)
            .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"{programs[0]} is not installed: get it with \"sudo apt-get install {debian}\" (on macOS: \"brew install {mac}\").");
}
