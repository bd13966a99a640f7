using System.ComponentModel;
using System.Diagnostics;

namespace UserCache.AppHost.Servers;

/// <summary>Docker or Podman, as Aspire looks for them.</summary>
internal static class ContainerEngine
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>The engine that answers; <see langword="null"/> when none does.</summary>
    /// <param name="chosen">The only one to ask; <see langword="null"/> for any.</param>
    public static string? Find(string? chosen) => (chosen is null ? ["docker", "podman"] : new[] { chosen }).FirstOrDefault(Answers);

    private static bool Answers(string engine)
    {
        try
        {
            var start = new ProcessStartInfo(engine, "info") { RedirectStandardOutput = true, RedirectStandardError = true };
            using var info = Process.Start(start)!;
            // Read, so that it does not wait for someone who does.
            info.OutputDataReceived += (_, _) => { };
            info.ErrorDataReceived += (_, _) => { };
            info.BeginOutputReadLine();
            info.BeginErrorReadLine();
            if (info.WaitForExit(Limit))
            {
                return info.ExitCode == 0;
            }

            info.Kill();
            return false;
        }
        // There is no such program.
        catch (Win32Exception)
        {
            return false;
        }
    }
}
