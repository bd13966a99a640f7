using System.Net.Sockets;

namespace UserCache.Tests.Infrastructure;

/// <summary>How proxies take connections.</summary>
internal static class TcpListenerExtensions
{
    /// <summary>Waits for the next connection.</summary>
    /// <returns><see langword="null"/> when the listener was disposed of.</returns>
    public static async Task<Socket?> AcceptUntilDisposedAsync(this TcpListener listener)
    {
        try
        {
            return await listener.AcceptSocketAsync();
        }
        catch (Exception stopped) when (stopped is ObjectDisposedException or InvalidOperationException
            or SocketException { SocketErrorCode: SocketError.OperationAborted })
        {
            return null;
        }
    }
}
