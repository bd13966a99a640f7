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

    /// <summary>Runs a program to its end, whatever that is.</summary>
    /// <param name="limit">How long it may take, before it is killed.</param>
    /// <param name="spec">The program.</param>
    /// <returns>Its status, and what it wrote.</returns>
    public static async Task<(int Status, string Output, string Error)> CallAsync(TimeSpan limit, ProcessSpec spec)
    {
        var start = new ProcessStartInfo(spec.File, spec.Arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in spec.Environment)
        {
            start.Environment[name] = value;
        }

        using var end = new CancellationTokenSource(limit);
        using var process = Process.Start(start)!;
        using var killing = end.Token.Register(() => process.Kill(entireProcessTree: true));
        var output = await Task.WhenAll(
            process.StandardOutput.ReadToEndAsync(end.Token), process.StandardError.ReadToEndAsync(end.Token));
        await process.WaitForExitAsync(end.Token);
        return (process.ExitCode, output[0], output[1]);
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
