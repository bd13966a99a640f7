namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>Programs that do one thing and end, and where to find programs.</summary>
public static class Tool
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It ended with another status than 0; the message has what it wrote last.</exception>
    public static async Task RunAsync(ProcessSpec spec, CancellationToken cancellationToken = default)
    {
        await using var process = await SupervisedProcess.StartAsync(spec, StartTimeout, cancellationToken);
        var status = await process.Exited.WaitAsync(cancellationToken);
        if (status != 0)
        {
            throw new InvalidOperationException($"{spec.File} ended with status {status}: {string.Join(Environment.NewLine, process.Output.TakeLast(15)).Trim()}");
        }
    }

    /// <returns>The program's full path, or <see langword="null"/> when it is neither on the PATH nor in the folders.</returns>
    public static string? Find(string program, params IEnumerable<string> folders) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(folders)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
}
