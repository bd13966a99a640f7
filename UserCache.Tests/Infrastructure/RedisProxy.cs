using System.Net;
using System.Net.Sockets;

namespace UserCache.Tests.Infrastructure;

/// <summary>
/// What managed services put in front of Redis: clients keep their connections while another server takes over behind it, between two
/// commands of each. Subscriptions are taken along; messages may be lost.
/// </summary>
public sealed class RedisProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, port: 0);
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<RedisProxyConnection, Task> _connections = [];
    private readonly Task _accepting;
    private int _targetPort;
    private volatile bool _hidesRun;

    /// <param name="targetPort">The server's port.</param>
    public RedisProxy(int targetPort)
    {
        _targetPort = targetPort;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>The port that clients connect to.</summary>
    public int Port { get; }

    /// <summary>Whether <c>INFO</c> comes without <c>run_id</c>.</summary>
    public bool HidesRun
    {
        get => _hidesRun;
        set => _hidesRun = value;
    }

    /// <summary>
    /// Leads all connections to another server. When it returns each command has been answered by the old server or will be by the new
    /// one, and none is under way to the old one.
    /// </summary>
    /// <param name="port">The new server's.</param>
    public Task SwapAsync(int port) => InTurnAsync(async () =>
    {
        var open = _connections.Keys.ToList();
        await Task.WhenAll(open.Select(connection => connection.LeaveAsync()));
        _targetPort = port;
        await Task.WhenAll(open.Select(connection => connection.GoOnAsync(port)));
    });

    /// <summary>Closes all connections; new ones lead to another server.</summary>
    /// <param name="port">The new server's.</param>
    public Task RetargetAsync(int port) => InTurnAsync(() =>
    {
        _targetPort = port;
        CloseAll();
        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        Task[] running = [];
        await InTurnAsync(() =>
        {
            CloseAll();
            running = [.. _connections.Values];
            return Task.CompletedTask;
        });
        await Task.WhenAll(running);
        _turn.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (await _listener.AcceptUntilDisposedAsync() is { } client)
        {
            await InTurnAsync(() =>
            {
                var connection = new RedisProxyConnection(client, () => HidesRun);
                _connections[connection] = RunAsync(connection, _targetPort);
                return Task.CompletedTask;
            });
        }
    }

    private async Task RunAsync(RedisProxyConnection connection, int port)
    {
        await Task.Yield();
        await connection.RunAsync(port);
        await InTurnAsync(() => Task.FromResult(_connections.Remove(connection)));
    }

    private async Task InTurnAsync(Func<Task> act)
    {
        await _turn.WaitAsync();
        try
        {
            await act();
        }
        finally
        {
            _turn.Release();
        }
    }

    private void CloseAll()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Dispose();
        }
    }
}
