using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>A running program that does not outlive this process, however this process ends (see <c>supervise.sh</c>).</summary>
public sealed class SupervisedProcess : IAsyncDisposable
{
    private const int GraceSeconds = 10;
    private const int OutputLines = 5_000;
    private static readonly string Supervisor = Path.Combine(AppContext.BaseDirectory, "Infrastructure", "Servers", "supervise.sh");

    private readonly Process _supervisor;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<int> _pid = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Regex? _readyLine;

    private SupervisedProcess(Process supervisor, Regex? readyLine)
    {
        _supervisor = supervisor;
        _readyLine = readyLine;
        Exited = RunAsync();
    }

    /// <summary>Completes with the exit status when the program has ended, for whatever reason.</summary>
    public Task<int> Exited { get; }

    public int Pid { get; private set; }

    /// <summary>The newest lines the program wrote.</summary>
    public IEnumerable<string> Output => _output;

    /// <summary>Starts a program and waits until it is ready.</summary>
    /// <param name="spec">The program.</param>
    /// <param name="timeout">How long it may take to be ready.</param>
    /// <exception cref="InvalidOperationException">The program ended, or was not ready in time; the message has its last lines.</exception>
    public static async Task<SupervisedProcess> StartAsync(ProcessSpec spec, TimeSpan timeout)
    {
        var start = new ProcessStartInfo(
            "bash", [Supervisor, spec.StopSignal, $"{GraceSeconds}", spec.Folder ?? "", spec.File, .. spec.Arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in spec.Environment)
        {
            start.Environment[name] = value;
        }

        var process = new SupervisedProcess(Process.Start(start)!, spec.Ready);
        try
        {
            process.Pid = await process._pid.Task;
            if (spec.Ready is not null)
            {
                await process.WaitUntilReadyAsync(timeout);
            }

            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks the program to stop, and kills it if it does not within ten seconds.</summary>
    public async Task StopAsync()
    {
        try
        {
            await _supervisor.StandardInput.WriteLineAsync("stop");
            await _supervisor.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // It has ended already.
        }

        await Exited;
    }

    /// <summary>Kills the program at once (SIGKILL).</summary>
    public async Task KillAsync()
    {
        Signals.Send(Pid, Signals.Kill);
        await Exited;
    }

    /// <summary>Stops the program and its children where they are (SIGSTOP): connections stay open, and nothing answers.</summary>
    public void Pause() => Signals.SendToTree(Pid, Signals.Stop);

    /// <summary>Lets a paused program go on.</summary>
    public void Resume() => Signals.SendToTree(Pid, Signals.Continue);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _supervisor.Dispose();
    }

    private async Task<int> RunAsync()
    {
        while (await _supervisor.StandardOutput.ReadLineAsync() is { } line)
        {
            // First its process id; otherwise that the program could not be started.
            if (_pid.Task.IsCompleted || !int.TryParse(line, CultureInfo.InvariantCulture, out var pid) || !_pid.TrySetResult(pid))
            {
                Keep(line);
            }
        }

        await _supervisor.WaitForExitAsync();
        _pid.TrySetException(new InvalidOperationException("The program could not be started."));
        return _supervisor.ExitCode;
    }

    private void Keep(string line)
    {
        _output.Enqueue(line);
        if (_output.Count > OutputLines)
        {
            _output.TryDequeue(out _);
        }

        if (_readyLine?.IsMatch(line) == true)
        {
            _ready.TrySetResult();
        }
    }

    private async Task WaitUntilReadyAsync(TimeSpan timeout)
    {
        try
        {
            await Task.WhenAny(_ready.Task, Exited).WaitAsync(timeout);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"Nothing like \"{_readyLine}\" was written within {timeout.TotalSeconds} s.{LastLines()}");
        }

        if (!_ready.Task.IsCompleted)
        {
            throw new InvalidOperationException($"The program ended with status {await Exited}.{LastLines()}");
        }
    }

    private string LastLines()
    {
        var lines = _output.TakeLast(15).ToList();
        return lines.Count == 0
            ? " It wrote nothing."
            : $" Its last lines:{Environment.NewLine}  {string.Join($"{Environment.NewLine}  ", lines)}";
    }
}
