using System.Runtime.InteropServices;

namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>Signals that .NET has no method for.</summary>
internal static partial class Signals
{
    public const int Kill = 9;

    // SIGSTOP and SIGCONT have other numbers on macOS.
    public static int Stop => OperatingSystem.IsMacOS() ? 17 : 19;

    public static int Continue => OperatingSystem.IsMacOS() ? 19 : 18;

    // The process may have ended by itself: that is no error here.
    public static void Send(int pid, int signal) => _ = SendSignal(pid, signal);

    /// <summary>Sends to a process and, where the system lists them (Linux), its children.</summary>
    public static void SendToTree(int pid, int signal)
    {
        Send(pid, signal);
        foreach (var child in Children(pid))
        {
            SendToTree(child, signal);
        }
    }

    private static IEnumerable<int> Children(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture));
        }
        // Another system than Linux, or a process that has ended.
        catch (IOException)
        {
            return [];
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
