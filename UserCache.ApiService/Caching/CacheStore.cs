using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace UserCache.ApiService.Caching;

/// <summary>What looking a key up in Redis gave.</summary>
/// <param name="Available">Whether Redis answered.</param>
/// <param name="Entry">The entry, if there is one.</param>
internal readonly record struct CacheLookup(bool Available, CacheEntry? Entry);

/// <summary>Entries in Redis. Redis is optional: nothing here throws because of it.</summary>
internal sealed partial class CacheStore(
    IConnectionMultiplexer redis,
    IOptions<CacheOptions> options,
    TimeProvider time,
    ILogger<CacheStore> logger)
{
    private readonly CacheOptions _options = options.Value;

    private IDatabase Database => redis.GetDatabase();

    public async Task<CacheLookup> ReadAsync(string key)
    {
        try
        {
            var stored = await Database.StringGetAsync(key);
            if (stored.IsNull)
            {
                return new CacheLookup(Available: true, Entry: null);
            }

            // No entry of this cache is fresh for longer than it lives.
            if (CacheEntry.TryParse((ReadOnlyMemory<byte>)stored, out var entry) && entry.Value.SoftExpiry <= time.GetUtcNow() + _options.HardExpiry)
            {
                return new CacheLookup(Available: true, entry);
            }
        }
        // Someone else keeps a list or a hash under our key: as unreadable as a wrong header.
        catch (RedisServerException wrongType) when (wrongType.Message.Contains("WRONGTYPE", StringComparison.Ordinal))
        {
        }
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
            Log.Unavailable(logger, "read", key, failure.Message);
            return default;
        }

        Log.Unreadable(logger, key);
        return new CacheLookup(Available: await DeleteAsync(key), Entry: null);
    }

    /// <returns>Whether Redis has the entry now.</returns>
    public async Task<bool> WriteAsync(string key, CachePayload payload)
    {
        var softExpiry = Spread(payload.Exists ? _options.SoftExpiry : _options.NegativeExpiry);
        var hardExpiry = payload.Exists ? _options.HardExpiry : softExpiry;
        var entry = new CacheEntry(payload, time.GetUtcNow() + softExpiry);
        try
        {
            return await Database.StringSetAsync(key, entry.ToBytes(), hardExpiry);
        }
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
            Log.Unavailable(logger, "fill", key, failure.Message);
            return false;
        }
    }

    /// <returns>Whether Redis can be relied on to hold nothing under the key now.</returns>
    public async Task<bool> DeleteAsync(string key)
    {
        try
        {
            await Database.KeyDeleteAsync(key);
            return true;
        }
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
            Log.Unavailable(logger, "invalidate", key, failure.Message);
            return false;
        }
    }

    // Predictable jitter is as good as any: nothing secret hangs on it.
    private TimeSpan Spread(TimeSpan expiry) => expiry * (1 + (_options.Jitter * ((Random.Shared.NextDouble() * 2) - 1)));

    private static partial class Log
    {
        [LoggerMessage(EventId = 100, Level = LogLevel.Warning, Message = "Redis did not {Action} {Key}: {Reason}")]
        public static partial void Unavailable(ILogger logger, string action, string key, string reason);

        [LoggerMessage(EventId = 101, Level = LogLevel.Warning, Message = "{Key} holds something that this cache did not write; deleting it.")]
        public static partial void Unreadable(ILogger logger, string key);
    }
}
