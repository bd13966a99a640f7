using System.Net;
using System.Net.Sockets;

namespace UserCache.Tests.Infrastructure;

/// <summary>One connection through a <see cref="TcpProxy"/>: two sockets, and a pump for each direction.</summary>
internal sealed class TcpProxyConnection(Socket client, TcpProxyHolds holds) : IDisposable
{
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Carries bytes until both ends have finished, one of them breaks, or the connection is disposed of.</summary>
    public async Task RunAsync(int port)
    {
        try
        {
            // Small messages, each of which someone waits for.
            client.NoDelay = true;
            _server.NoDelay = true;
            await _server.ConnectAsync(IPAddress.Loopback, port);
            await Task.WhenAll(PumpAsync(client, _server, Direction.ToServer), PumpAsync(_server, client, Direction.ToClient));
        }
        // Broken or refused by one end: PumpAsync has closed the other, or there is none yet.
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Closes both ends; bytes that are held are lost.</summary>
    public void Dispose()
    {
        client.Dispose();
        _server.Dispose();
        // Only now, or whoever holds bytes could still send them.
        _closed.TrySetResult();
    }

    private async Task PumpAsync(Socket from, Socket to, Direction direction)
    {
        try
        {
            var buffer = new byte[32 * 1024];
            // Held bytes wait in here and in the system's buffers: who sends more than fits there is held as well.
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                await holds.PassAsync(this, direction, buffer.AsMemory(0, count), _closed.Task);
                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            Dispose();
            throw;
        }
    }
}
