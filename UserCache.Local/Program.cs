using System.Globalization;
using System.Runtime.InteropServices;
using UserCache.Local;
using UserCache.Local.Servers;
using UserCache.Local.Setup;

const int DefaultPort = 5000;
const string Usage = """
    Usage: ./run [--local] [--port N]
      --local    run the app as local processes, even if it could run in containers
      --port N   where the API listens then (default 5000)
    """;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

var progress = new Progress(Console.Out);
try
{
    switch (args)
    {
        case ["setup"]:
            await Installation.EnsureForTestsAsync(progress, stop.Token);
            return 0;
        case []:
            return await RunAsync(DefaultPort);
        case ["--port", var text] when ushort.TryParse(text, CultureInfo.InvariantCulture, out var port) && port > 0:
            return await RunAsync(port);
        case ["--help" or "-h"]:
            Console.WriteLine(Usage);
            return 0;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
catch (InvalidOperationException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
catch (OperationCanceledException)
{
    return 0;
}

async Task<int> RunAsync(int port)
{
    if (FreePort.IsTaken(port))
    {
        Console.Error.WriteLine($"Port {port} is taken. Stop what listens there, or choose another: ./run --port {port + 1}");
        return 1;
    }

    await Installation.EnsureAsync(progress, stop.Token);
    string? whatEnded;
    await using (var app = new LocalApp(progress, port))
    {
        whatEnded = await app.RunAsync(stop.Token);
        Console.WriteLine("Stopping.");
    }

    // Last, so that it is not lost among what the others say as they stop.
    if (whatEnded is not null)
    {
        Console.Error.WriteLine(whatEnded);
    }

    return whatEnded is null ? 0 : 1;
}

void Stop(PosixSignalContext context)
{
    // Not the default, which would end this process before its servers.
    context.Cancel = true;
    stop.Cancel();
}
