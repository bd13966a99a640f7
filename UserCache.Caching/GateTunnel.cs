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
internal sealed class GateTunnel(CacheGate gate, Tunnel? inner) : Tunnel
{
    public Tunnel? Inner => inner;

    /// <summary>Listens to what the client tells.</summary>
    public static void Listen(IConnectionMultiplexer redis, CacheGate gate)
    {
        redis.ConnectionFailed += (_, lost) =>
        {
            if (lost.ConnectionType == ConnectionType.Interactive)
            {
                gate.Shut($"the connection was lost ({lost.FailureType})");
            }
        };
        // A replica to which there was a connection already may have become the primary.
        RedisPrimaries.OnChange(redis, () => gate.Shut("the servers' roles have changed"));
        redis.HashSlotMoved += (_, _) => gate.Shut("a slot has moved to another server");
    }

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
            gate.Shut("the connection had to be made anew");
        }

        return inner?.BeforeAuthenticateAsync(endpoint, connectionType, socket, cancellationToken)
            ?? base.BeforeAuthenticateAsync(endpoint, connectionType, socket, cancellationToken);
    }
}
