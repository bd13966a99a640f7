using System.Globalization;
using System.Text.RegularExpressions;
using UserCache.Local.Processes;
using UserCache.Local.Servers;
using UserCache.Local.Setup;
using UserCache.Tests.Infrastructure;

namespace UserCache.Tests.Local;

/// <summary>UserCache.Local as a process of its own: however it ends, nothing stays behind.</summary>
[Collection(AppGroup.Name)]
public sealed partial class SupervisionTests(App app) : IDisposable
{
    private static readonly string Program = Path.Combine(Repository.Root, "UserCache.Local", "bin", Repository.Configuration, "net10.0", "UserCache.Local.dll");
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    // Its temporary folder is made in here, so that what it leaves can be told from what others do.
    private readonly string _temp = app.Data.Create($"local-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(_temp, recursive: true);

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("KILL")]
    public async Task App_that_is_told_to_end_leaves_no_process_and_no_folder(string signal)
    {
        await using var local = await StartAsync(FreePort.Next());
        var servers = Descendants(local.Pid);
        Assert.True(servers.Count > 6, $"{servers.Count} processes");

        await Tool.RunAsync(new ProcessSpec("kill", "-s", signal, Text(local.Pid)));

        Assert.Equal(signal == "KILL" ? 128 + 9 : 0, await local.Exited.WaitAsync(StopLimit));
        await AssertNothingIsLeftAsync(servers);
    }

    [Fact]
    public async Task App_ends_when_one_of_its_servers_dies_and_says_which()
    {
        await using var local = await StartAsync(FreePort.Next());
        var servers = Descendants(local.Pid);
        var redis = servers.Single(pid => CommandLine(pid).Contains("redis-server", StringComparison.Ordinal) && !CommandLine(pid).Contains("supervise", StringComparison.Ordinal));

        await Tool.RunAsync(new ProcessSpec("kill", "-s", "KILL", Text(redis)));

        Assert.Equal(1, await local.Exited.WaitAsync(StopLimit));
        Assert.Contains(local.Output, line => line.StartsWith("Redis ended with status 137", StringComparison.Ordinal));
        await AssertNothingIsLeftAsync(servers);
    }

    [Fact]
    public async Task Taken_port_is_said_before_anything_starts()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(app.Redis.Port));

        Assert.Contains("ended with status 1", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"Port {app.Redis.Port} is taken.", failure.Message, StringComparison.Ordinal);
    }

    private Task<SupervisedProcess> StartAsync(int port) => SupervisedProcess.StartAsync(
        new ProcessSpec("dotnet", Program, "--port", Text(port))
        {
            Environment = new Dictionary<string, string> { ["TMPDIR"] = _temp },
            Ready = LastLineOfTheTable(),
        },
        StartLimit);

    private async Task AssertNothingIsLeftAsync(IReadOnlyList<int> servers)
    {
        await Eventually.GetAsync(() => Task.FromResult(string.Join(Environment.NewLine, servers.Where(IsRunning).Select(CommandLine))), left => left == "", StopLimit);
        await Eventually.GetAsync(() => Task.FromResult(string.Join(' ', Directory.GetDirectories(_temp, "usercache-*"))), left => left == "", StopLimit);
    }

    private static List<int> Descendants(int pid)
    {
        try
        {
            // .NET starts a process from any of its threads.
            var children = Directory.GetDirectories($"/proc/{pid}/task")
                .SelectMany(task => File.ReadAllText($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture));
            return [.. children.SelectMany(child => Descendants(child).Prepend(child))];
        }
        catch (IOException)
        {
            // It has just ended.
            return [];
        }
    }

    // A zombie has ended; it only waits for its parent to notice.
    private static bool IsRunning(int pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("Ctrl-C stops everything")]
    private static partial Regex LastLineOfTheTable();
}
