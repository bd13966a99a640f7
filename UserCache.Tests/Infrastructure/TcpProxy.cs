using System.Net;
using System.Net.Sockets;

namespace UserCache.Tests.Infrastructure;

/// <summary>Which way bytes go through a <see cref="TcpProxy"/>.</summary>
[Flags]
public enum Direction
{
    None = 0,
    ToServer = 1,
    ToClient = 2,
    Both = ToServer | ToClient,
}

/// <summary>
/// A network between one client and one server, both on loopback, that can be broken. All its methods take effect at once.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, port: 0);
    private readonly Lock _lock = new();
    private readonly Dictionary<TcpProxyConnection, Task> _connections = [];
    private readonly TcpProxyHolds _holds = new();
    private readonly Task _accepting;
    private int _targetPort;
    private bool _isCut;
    private int _accepted;
    private int _refused;

    /// <param name="targetPort">The server's port.</param>
    public TcpProxy(int targetPort)
    {
        _targetPort = targetPort;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        // On the pool, and not in line with the test's own steps.
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>The port that clients connect to.</summary>
    public int Port { get; }

    /// <summary>How many connections were made.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>How many connections were closed as soon as they were made.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Closes all connections, and each new one as soon as it is made.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            _isCut = true;
            CloseAll();
        }
    }

    /// <summary>Lets clients connect again.</summary>
    public void Mend()
    {
        lock (_lock)
        {
            _isCut = false;
        }
    }

    /// <summary>
    /// Makes a black hole: connections stay open and new ones are made, but no further bytes arrive. What is on its way still may.
    /// </summary>
    public void Hold(Direction direction) => _holds.Hold(direction);

    /// <summary>
    /// Holds one direction of the first connection on which a text goes that way, from the piece of data that completes the text.
    /// Other connections go on.
    /// </summary>
    /// <returns>Completes when the text has come by; is cancelled when <see cref="Release"/> or another text is faster.</returns>
    public Task HoldFrom(Direction direction, string text) => _holds.HoldFrom(direction, text);

    /// <summary>Lets each piece of data wait for a random time up to this, one after the other; zero ends that.</summary>
    public void Slow(TimeSpan longest) => _holds.Slow(longest);

    /// <summary>Ends whatever is held; the held bytes arrive in their order.</summary>
    public void Release() => _holds.Release();

    /// <summary>Closes all connections; new ones lead to another server.</summary>
    public void Retarget(int port)
    {
        lock (_lock)
        {
            _targetPort = port;
            CloseAll();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        Task[] running;
        lock (_lock)
        {
            CloseAll();
            running = [.. _connections.Values];
        }

        await Task.WhenAll(running);
    }

    private async Task AcceptAsync()
    {
        while (await _listener.AcceptUntilDisposedAsync() is { } client)
        {
            lock (_lock)
            {
                if (_isCut)
                {
                    _refused++;
                    client.Dispose();
                    continue;
                }

                _accepted++;
                var connection = new TcpProxyConnection(client, _holds);
                // Noted before it can end, for both happen under the lock.
                _connections[connection] = RunAsync(connection, _targetPort);
            }
        }
    }

    private async Task RunAsync(TcpProxyConnection connection, int port)
    {
        await Task.Yield();
        await connection.RunAsync(port);
        lock (_lock)
        {
            _connections.Remove(connection);
        }
    }

    private void CloseAll()
    {
        foreach (var connection in _connections.Keys.ToList())
        {
            connection.Dispose();
        }
    }
}
