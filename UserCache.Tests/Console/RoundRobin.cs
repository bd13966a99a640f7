using System.Net;
using System.Net.Sockets;

namespace UserCache.Tests.Console;

/// <summary>The simplest load balancer: each new connection goes to the next replica.</summary>
internal sealed class RoundRobin : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, port: 0);
    private readonly List<(TcpProxyConnection Connection, Task Running)> _connections = [];
    private readonly Task _accepting;

    public RoundRobin(IReadOnlyList<Replica> replicas)
    {
        _listener.Start();
        Url = new Uri($"http://{_listener.LocalEndpoint}");
        _accepting = Task.Run(() => AcceptAsync(replicas));
    }

    public Uri Url { get; }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        _connections.ForEach(one => one.Connection.Dispose());
        await Task.WhenAll(_connections.Select(one => one.Running));
    }

    private async Task AcceptAsync(IReadOnlyList<Replica> replicas)
    {
        try
        {
            while (true)
            {
                var replica = replicas[_connections.Count % replicas.Count];
                var connection = new TcpProxyConnection(await _listener.AcceptSocketAsync(), new TcpProxyHolds());
                _connections.Add((connection, connection.RunAsync(replica.Url.Port)));
            }
        }
        catch (Exception stopped) when (stopped is ObjectDisposedException or InvalidOperationException
            or SocketException { SocketErrorCode: SocketError.OperationAborted })
        {
        }
    }
}
