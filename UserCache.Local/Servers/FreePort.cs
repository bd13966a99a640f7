using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace UserCache.Local.Servers;

/// <summary>TCP ports of the loopback interface.</summary>
public static class FreePort
{
    /// <summary>A port that nothing listens on. It stays free until someone takes it, so use it soon.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static bool IsTaken(int port) =>
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port);
}
