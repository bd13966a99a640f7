namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>
/// One server of the app as a local process. It can be stopped, killed, paused and started again; it keeps its port and data.
/// Its data goes with the <see cref="DataFolder"/>.
/// </summary>
/// <param name="name">As it is shown to people.</param>
public abstract class Server(string name) : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private SupervisedProcess? _process;
    private bool _isSetUp;

    /// <summary>What the running server wrote.</summary>
    public IEnumerable<string> Output => Running.Output;

    /// <summary>Completes with the exit status when the running server has ended.</summary>
    public Task<int> Exited => Running.Exited;

    public int Pid => Running.Pid;

    /// <summary>The processor time that the running server has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            using var process = Process.GetProcessById(Pid);
            return process.TotalProcessorTime;
        }
    }

    protected SupervisedProcess Running => _process ?? throw new InvalidOperationException($"{name} was not started.");

    /// <summary>Starts the server, or starts it again, and waits until it is ready.</summary>
    /// <exception cref="InvalidOperationException">It can't be started; the message says why.</exception>
    public async Task StartAsync()
    {
        try
        {
            if (_isSetUp)
            {
                await RunAsync();
                return;
            }

            await PrepareAsync();
            await RunAsync();
            await SetUpAsync();
            _isSetUp = true;
        }
        catch (InvalidOperationException failure)
        {
            throw new InvalidOperationException($"{name} does not start. {failure.Message}", failure);
        }
    }

    /// <summary>Asks the server to stop and waits until it has.</summary>
    public Task StopAsync() => Running.StopAsync();

    /// <summary>Kills the server at once (SIGKILL).</summary>
    public Task KillAsync() => Running.KillAsync();

    /// <summary>Makes the server hang: its connections stay open, and nothing answers.</summary>
    public void Pause() => Running.Pause();

    /// <summary>Lets a paused server go on.</summary>
    public void Resume() => Running.Resume();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>How to run the server.</summary>
    protected abstract ProcessSpec Command();

    /// <summary>What has to be done before the first start.</summary>
    protected virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>What has to be done once, when the server runs for the first time.</summary>
    protected virtual Task SetUpAsync() => Task.CompletedTask;

    private async Task RunAsync()
    {
        if (_process is { } ended)
        {
            // At once: the new one may fail to start.
            _process = null;
            await ended.DisposeAsync();
        }

        _process = await SupervisedProcess.StartAsync(Command(), StartTimeout);
    }
}
