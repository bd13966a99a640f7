using System.Net.Sockets;
using System.Text;

namespace UserCache.Tests.Infrastructure;

/// <summary>One connection to a service, and bytes on it: what no client library would send, or no client would do.</summary>
public sealed class RawHttp : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);

    private RawHttp()
    {
    }

    /// <summary>Connects, and sends something.</summary>
    /// <param name="service">Whom.</param>
    /// <param name="text">What, with lines ending in any way.</param>
    public static async Task<RawHttp> SendAsync(Uri service, string text)
    {
        var connection = new RawHttp();
        await connection._socket.ConnectAsync(service.Host, service.Port);
        await connection.SendAsync(text);
        return connection;
    }

    /// <summary>Sends more, unless the service has hung up.</summary>
    public async Task SendAsync(string text)
    {
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n")));
        }
        catch (SocketException)
        {
        }
    }

    /// <summary>Reads until the service closes the connection, in whatever way.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var (read, buffer) = (new StringBuilder(), new byte[4096]);
        try
        {
            while (await _socket.ReceiveAsync(buffer, patience.Token) is var count and > 0)
            {
                read.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }
        }
        catch (SocketException)
        {
        }

        return read.ToString();
    }

    /// <summary>Is gone, as a process is that was killed.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    /// <summary>Sends no more.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();
}
