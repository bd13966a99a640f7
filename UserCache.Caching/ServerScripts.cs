using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>Runs scripts on one server, by their hashes: the client does that only where it chooses the server itself.</summary>
internal static class ServerScripts
{
    private static readonly ConcurrentDictionary<string, string> Hashes = new();

    public static async Task<RedisResult> EvaluateAsync(
        this IServer server, string script, RedisKey[] keys, RedisValue[] arguments, CommandFlags flags)
    {
        // Nobody would hear that the server does not know it.
        if (flags.HasFlag(CommandFlags.FireAndForget))
        {
            return await SendAsync("EVAL", script);
        }

        try
        {
            return await SendAsync("EVALSHA", Hashes.GetOrAdd(script, HashOf));
        }
        catch (RedisServerException failure) when (failure.Kind == RedisErrorKind.NoScript)
        {
            return await SendAsync("EVAL", script);
        }

        Task<RedisResult> SendAsync(string command, string what) =>
            server.ExecuteAsync(command, [what, keys.Length, .. keys.Cast<object>(), .. arguments.Cast<object>()], flags);
    }

    private static string HashOf(string script) => Convert.ToHexStringLower(Hash(script));

    // Redis' names for scripts; nothing secret hangs on it.
#pragma warning disable CA5350
    private static byte[] Hash(string script) => SHA1.HashData(Encoding.UTF8.GetBytes(script));
#pragma warning restore CA5350
}
