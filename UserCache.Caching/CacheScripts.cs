using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>Runs scripts on a key and its helpers, on the shard that has them.</summary>
internal sealed partial class CacheScripts(RedisShards shards, ILogger<CacheScripts> logger)
{
    /// <summary>The key of a key's lease; in the slot of the value's key, whatever that is, as all helpers.</summary>
    public static string LeaseOf(string key) => $"{{{key}}}:lease";

    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows; then it may or may not be done.</exception>
    public Task<RedisResult> RunAsync(string script, string key, RedisValue[] arguments) =>
        shards.Of(key).Link.EvaluateAsync(script, [key, LeaseOf(key), $"{{{key}}}:writers"], arguments, span: "EVAL");

    /// <summary>The same, but tells the log of a failure.</summary>
    /// <returns><see langword="null"/> when it has failed.</returns>
    public async Task<RedisResult?> TryRunAsync(string action, string script, string key, RedisValue[] arguments)
    {
        try
        {
            return await RunAsync(script, key, arguments);
        }
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
            NoteFailure(action, key, failure);
            return null;
        }
    }

    /// <summary>Tells why Redis did not do something. If it will not do it the next time either, it is not relied on.</summary>
    public void NoteFailure(string action, string key, Exception failure)
    {
        var reason = RedisFailure.Explain(failure);
        Log.Unavailable(logger, action, key, reason);
        if (RedisFailure.IsRefusal(failure) && shards.Of(key).Gate is { IsOpen: true } gate)
        {
            gate.Shut($"it refuses what is asked of it ({reason})");
        }

        // While the breaker is open nothing has been tried.
        if (failure is not BrokenCircuitException)
        {
            Activity.Current?.AddException(failure);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 100, Level = LogLevel.Debug, Message = "Redis did not {Action} {Key}: {Reason}")]
        public static partial void Unavailable(ILogger logger, string action, string key, string reason);
    }
}
