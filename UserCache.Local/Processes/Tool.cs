using System.Diagnostics;

namespace UserCache.Local.Processes;

/// <summary>Programs that do one thing and end, and where to find programs.</summary>
public static class Tool
{
    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="InvalidOperationException">It ended with another status than 0; the message has what it wrote.</exception>
    public static async Task<string> RunAsync(ProcessSpec spec, CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(spec.File, spec.Arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in spec.Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{spec.File} ended with status {process.ExitCode}: {(await errors).Trim()} {(await output).Trim()}".TrimEnd());
    }

    /// <returns>The program's full path, or <see langword="null"/> when it is neither on the PATH nor in the folders.</returns>
    public static string? Find(string program, params IEnumerable<string> folders) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(folders)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
}
