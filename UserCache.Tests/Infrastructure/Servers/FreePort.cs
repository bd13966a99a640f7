using System.Net;
using System.Net.Sockets;

namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>TCP ports of the loopback interface.</summary>
public static class FreePort
{
    // Below those that systems give to outgoing connections: one of these could take the port before the server for which it is meant does.
    private const int First = 20_000;
    private const int Count = 12_000;

    // Other processes look for ports too.
    private static int _last = Random.Shared.Next(Count);

    /// <summary>
    /// A port that nothing listens on, and that this process has not been given before. It stays free until someone takes it, so use it
    /// soon.
    /// </summary>
    public static int Next()
    {
        int port;
        do
        {
            port = First + (int)((uint)Interlocked.Increment(ref _last) % Count);
        }
        while (!IsFree(port));
        return port;
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
