using System.Net;
using System.Net.Sockets;

namespace UserCache.Bench;

/// <summary>What a process, with its children, has used since it started, by the system's accounting.</summary>
/// <param name="Cpu">Processor time.</param>
internal readonly record struct Usage(TimeSpan Cpu)
{
    private const int TicksPerSecond = 100;

    public static Usage Of(int pid)
    {
        var ticks = 0L;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var other)
                && Fields(other) is { } fields && (other == pid || fields[1] == pid))
            {
                // utime, stime, and for the process itself those of children that have ended.
                ticks += fields[11] + fields[12] + (other == pid ? fields[13] + fields[14] : 0);
            }
        }

        return new Usage(TimeSpan.FromSeconds((double)ticks / TicksPerSecond));
    }

    public static Usage[] Of(int[] pids) => Array.ConvertAll(pids, Of);

    /// <summary>What each has used since then, in microseconds.</summary>
    public static double[] Since(Usage[] before, int[] pids) =>
        [.. Of(pids).Zip(before, (now, then) => (now.Cpu - then.Cpu).TotalMicroseconds)];

    // Those of /proc/PID/stat after the program's name, which may have blanks: the state, the parent's pid, …
    private static long[]? Fields(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return
            [
                .. text[(text.LastIndexOf(')') + 2)..].Split(' ')
                    .Select(field => long.TryParse(field, CultureInfo.InvariantCulture, out var number) ? number : 0),
            ];
        }
        catch (IOException)
        {
            return null;
        }
    }
}

/// <summary>What a contestant's runtime says of itself.</summary>
/// <param name="Allocated">Bytes since the start.</param>
/// <param name="Paused">Milliseconds of garbage collections' pauses since the start.</param>
/// <param name="Heap">Bytes, with garbage.</param>
internal readonly record struct RuntimeUsage(long Allocated, double Paused, long Heap)
{
    public static async Task<RuntimeUsage> OfAsync(int probe)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, probe);
        using var reader = new StreamReader(client.GetStream());
        var fields = (await reader.ReadLineAsync())!.Split(' ');
        return new RuntimeUsage(
            long.Parse(fields[0], CultureInfo.InvariantCulture),
            double.Parse(fields[1], CultureInfo.InvariantCulture),
            long.Parse(fields[2], CultureInfo.InvariantCulture));
    }
}
