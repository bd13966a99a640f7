using System.Net.Sockets;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>Which exceptions mean that Redis, or the connection to it, failed: the client's have no common base.</summary>
public static class RedisFailure
{
    internal const string TimedOut = "timed out";

    // What a server, or the rights of its user, are not up to; otherwise than what is wrong with one key, or for a moment.
    private static readonly string[] Refusals =
    [
        "NOPERM", "NOAUTH", "MISCONF", "NOREPLICAS", "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "BUSY ", "ERR unknown command",
        // As Redis 7.0 says NOPERM of what a script does.
        "ERR The user executing the script",
    ];

    // What the client and the server go on with is for their own developers: counters, and the command's arguments, which may be anyone's.
    private static readonly string[] Asides = [", command=", ", with args beginning with"];

    /// <summary>Whether Redis is to blame.</summary>
    public static bool Is(Exception exception) =>
        // A disposed connection: the service is stopping.
        exception is RedisException or RedisTimeoutException or RedisCommandException or BrokenCircuitException or ObjectDisposedException;

    /// <summary>Whether Redis has said that it does not do what was asked of it, whatever the key is: to ask it again is no use.</summary>
    public static bool IsRefusal(Exception exception) => Causes(exception).Any(cause => cause switch
    {
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => true,
        RedisServerException => Array.Exists(Refusals, refusal => cause.Message.StartsWith(refusal, StringComparison.Ordinal)),
        _ => false,
    });

    /// <summary>Whether the key holds no string: someone else keeps a list or a hash there.</summary>
    internal static bool IsWrongType(RedisServerException failure) => failure.Message.Contains("WRONGTYPE", StringComparison.Ordinal);

    /// <summary>The reason in one sentence, or a few words where they say it all.</summary>
    public static string Explain(Exception exception) =>
        Cause(exception)
        ?? (Causes(exception).Any(IsLoss) ? "connection lost" : Sentence(exception.GetBaseException().Message));

    /// <summary>Why there is no connection, in a few words.</summary>
    /// <returns><see langword="null"/> when the exception does not say.</returns>
    internal static string? Cause(Exception exception)
    {
        var causes = Causes(exception).ToList();
        if (causes.OfType<RedisConnectionException>().Any(cause => cause.FailureType == ConnectionFailureType.AuthenticationFailure))
        {
            return "wrong password";
        }

        return causes.OfType<SocketException>().FirstOrDefault() switch
        {
            { SocketErrorCode: SocketError.ConnectionRefused } => "connection refused",
            { SocketErrorCode: not SocketError.TimedOut } socket => socket.Message,
            null when !causes.OfType<TimeoutException>().Any() => null,
            _ => TimedOut,
        };
    }

    private static bool IsLoss(Exception cause) =>
        cause is RedisConnectionException { FailureType: ConnectionFailureType.SocketClosed or ConnectionFailureType.SocketFailure };

    private static IEnumerable<Exception> Causes(Exception failure) => failure switch
    {
        AggregateException { InnerExceptions: var many } => many.SelectMany(Causes),
        { InnerException: { } inner } => Causes(inner).Prepend(failure),
        _ => [failure],
    };

    private static string Sentence(string message)
    {
        var asides = Asides.Select(start => message.IndexOf(start, StringComparison.Ordinal)).Where(start => start >= 0);
        return message[..asides.Append(message.Length).Min()];
    }
}
