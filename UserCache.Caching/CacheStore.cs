using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using UserCache.Caching.Scripts;

namespace UserCache.Caching;

/// <summary>
/// The protocol's steps that make entries old, the same for all caches. Redis is optional: nothing here throws because of it, but
/// invalidations, which are tried again. They speak to it whether or not the gate is open.
/// </summary>
internal sealed partial class CacheStore(
    RedisShards shards, CacheScripts scripts, NearCache near, IOptions<CacheOptions> options, TimeProvider time,
    ILogger<CacheStore> logger)
{
    // As good as all of them, with their number: the header is among them.
    private const int IdentifyingBytes = 64;

    private readonly long _writerMilliseconds = (long)options.Value.WriterDeadline.TotalMilliseconds;

    /// <summary>Removes the entry and keeps everyone from filling the key, until the write's end or deadline.</summary>
    /// <returns>Whether Redis has done it.</returns>
    public async Task<bool> BeginWriteAsync(string key, string token) =>
        await near.ForgetAfterAsync(
            key,
            scripts.TryRunAsync("begin a write of", Script.BeginWrite, key, [token, _writerMilliseconds, .. near.Channel])) is not null;

    /// <summary>Removes the entry again, and lets the key be filled.</summary>
    public async Task<bool> EndWriteAsync(string key, string token) =>
        await near.ForgetAfterAsync(key, scripts.TryRunAsync("end a write of", Script.EndWrite, key, [token, .. near.Channel])) is not null;

    /// <summary>Removes the entry, whatever it is; who is reading the source for it may not fill it.</summary>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows; then it may or may not be done.</exception>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> EvictAsync(string key) =>
        (bool)await near.ForgetAfterAsync(key, scripts.RunAsync(Script.Evict, key, near.Channel));

    /// <summary>The same, where nobody waits for it.</summary>
    public Task TryEvictAsync(string key) => near.ForgetAfterAsync(key, scripts.TryRunAsync("evict", Script.Evict, key, near.Channel));

    /// <summary>Removes the entry if it is older than a version. Idempotent; safe to do late and in any order.</summary>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows; then it may or may not be done.</exception>
    public Task InvalidateOlderAsync(string key, long version) =>
        near.ForgetAfterAsync(key, scripts.RunAsync(Script.InvalidateOlder, key, [version, .. near.Channel]));

    /// <summary>Removes what was read and is no entry, and says so. What another release has written stays: the fill replaces it.</summary>
    /// <returns>Whether Redis has done it.</returns>
    public async Task<bool> DiscardAsync(string key, RedisValue seen)
    {
        var bytes = (ReadOnlyMemory<byte>)seen;
        if (bytes.Length <= CacheEntry.MaxBytes && CacheEntry.IsOfAnotherFormat(bytes.Span))
        {
            return true;
        }

        Log.Unreadable(logger, key);
        // Not what another reader has filled meanwhile.
        RedisValue start = bytes[..Math.Min(bytes.Length, IdentifyingBytes)];
        return await scripts.TryRunAsync("delete", Script.Discard, key, [CacheEntry.MaxBytes, bytes.Length, start]) is not null;
    }

    /// <summary>Has no copy near any reader served of what was removed until now. Replicas that are not told forget in time.</summary>
    public async Task ForgetCopiesAsync()
    {
        if (!near.IsOn)
        {
            return;
        }

        try
        {
            // A cluster hands it on from whichever node is asked.
            await shards.Whole.Link.ExecuteAsync(
                static (database, all) => database.PublishAsync(NearCache.ChannelName, all), NearCache.AllKeys);
        }
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
            scripts.NoteFailure("tell all replicas of", "all keys", failure);
        }
        finally
        {
            near.ForgetAll();
        }
    }

    // No entry of this cache is fresh for longer than the longest that any replica may be set to keep it.
    internal bool TryParse(string key, RedisValue stored, [NotNullWhen(true)] out CacheEntry? entry) =>
        CacheEntry.TryParse(key, (ReadOnlyMemory<byte>)stored, out entry)
        && entry.Value.SoftExpiry <= time.GetUtcNow() + CacheAsideOptions.MaxHardExpiry;

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 101, Level = LogLevel.Warning, Message = "{Key} holds something that this cache did not write; deleting it.")]
        public static partial void Unreadable(ILogger logger, string key);
    }
}
