using System.Globalization;
using System.Runtime.InteropServices;
using UserCache.Local;
using UserCache.Local.Servers;
using UserCache.Local.Setup;

const int DefaultPort = 5000;
const string Usage = """
    Usage: UserCache.Local [--port N]   run the app as local processes; the API listens on port N (default 5000)
           UserCache.Local setup        only install what is needed to do so
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
            await Installation.EnsureAsync(progress, stop.Token);
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
    await using var app = new LocalApp(progress, port);
    if (await app.RunAsync(stop.Token) is { } sentence)
    {
        Console.Error.WriteLine(sentence);
        return 1;
    }

    Console.WriteLine("Stopping.");
    return 0;
}

void Stop(PosixSignalContext context)
{
    // Not the default, which would end this process before its servers.
    context.Cancel = true;
    stop.Cancel();
}
