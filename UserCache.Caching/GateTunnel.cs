using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace UserCache.Caching;

/// <summary>
/// Shuts the gate for everything that the Redis client tells of its connections. Its events come some time after the fact; that
/// is why the gate is shut, by way of the client's hook for tunnels, before anything is sent over a new connection: nothing that
/// is received over it can have been asked for with the gate open. (Not before it is tried: a server that is gone is tried for ever.)
/// </summary>
internal sealed class GateTunnel(CacheGates gates, Tunnel? inner) : Tunnel
{
    public Tunnel? Inner => inner;

    /// <summary>Listens to what the client tells.</summary>
    public static void Listen(IConnectionMultiplexer redis, CacheGates gates) =>
        redis.ConnectionFailed += (_, lost) =>
        {
            if (lost.ConnectionType == ConnectionType.Interactive)
            {
                gates.Shut(lost.EndPoint, $"the connection was lost ({lost.FailureType})");
            }
        };

    public override ValueTask<EndPoint?> GetSocketConnectEndpointAsync(EndPoint endpoint, CancellationToken cancellationToken) =>
        inner?.GetSocketConnectEndpointAsync(endpoint, cancellationToken)
        ?? base.GetSocketConnectEndpointAsync(endpoint, cancellationToken);

    public override ValueTask BeforeSocketConnectAsync(
        EndPoint endPoint, ConnectionType connectionType, Socket? socket, CancellationToken cancellationToken) =>
        inner?.BeforeSocketConnectAsync(endPoint, connectionType, socket, cancellationToken)
        ?? base.BeforeSocketConnectAsync(endPoint, connectionType, socket, cancellationToken);

    public override ValueTask<Stream?> BeforeAuthenticateAsync(
        EndPoint endpoint, ConnectionType connectionType, Socket? socket, CancellationToken cancellationToken)
    {
        if (connectionType == ConnectionType.Interactive)
        {
            gates.Shut(endpoint, "the connection had to be made anew");
        }

        return inner?.BeforeAuthenticateAsync(endpoint, connectionType, socket, cancellationToken)
            ?? base.BeforeAuthenticateAsync(endpoint, connectionType, socket, cancellationToken);
    }
}
