using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>What has to be so still when a copy is served, noted before Redis was asked for it. The default is that of nothing to keep.</summary>
/// <param name="Pass">The gate's.</param>
/// <param name="Listening">The pass of <see cref="NearCache.Listening"/>.</param>
/// <param name="Forgotten">How often the key, or one that shares its counter, was to be forgotten.</param>
/// <param name="At">A timestamp: until its life is over from here, the copy may be served.</param>
internal readonly record struct NearNote(long Pass, long Listening, long Forgotten, long At);

/// <summary>
/// Copies of entries in this process, so that the hottest keys do not cost a trip to Redis; off by default. The protocol's steps
/// publish each key that they make old. Nothing is removed then: a copy is served only while nothing that was noted before its GET was
/// sent has changed, so it does not matter which comes first, the answer to that GET or the message. What this process does itself is
/// forgotten at once; of what others do, a copy may be late by its life at most, however many messages are lost.
/// </summary>
internal sealed class NearCache(IConnectionMultiplexer redis, IOptions<CacheOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>The channel, as the client of Redis takes it.</summary>
    public static readonly RedisChannel ChannelName = RedisChannel.Literal("UserCache:forget");

    /// <summary>The message that stands for all keys.</summary>
    public static readonly RedisValue AllKeys = RedisValue.EmptyString;

    // Keys that share a counter are forgotten together: that costs a GET.
    private const int Counters = 1_024;

    // Of a copy beside key and body: the objects around them and the store's own.
    private const int Overhead = 512;

    private readonly long[] _forgotten = new long[Counters];
    private readonly TimeSpan _life = options.Value.NearCacheLife;
    private readonly MemoryCache? _copies = options.Value.NearCacheBytes is > 0 and var bytes ? new(new MemoryCacheOptions { SizeLimit = bytes }) : null;

    [MemberNotNullWhen(true, nameof(_copies))]
    public bool IsOn => _copies is not null;

    /// <summary>Whether every message is heard: open from the moment when the channel is subscribed to until the connection is lost. Meanwhile nothing is served.</summary>
    public CacheGate Listening { get; } = new();

    /// <summary>The scripts' argument, with the prefix that the client gives its channels; none when there are no copies to forget.</summary>
    public RedisValue[] Channel { get; } = options.Value.NearCacheBytes > 0
        ? [(string?)ConfigurationOptions.Parse(redis.Configuration).ChannelPrefix + ChannelName]
        : [];

    /// <summary>Looks a key up.</summary>
    /// <param name="key">The key in Redis.</param>
    /// <param name="pass">The gate's.</param>
    /// <param name="entry">The copy, if there is one.</param>
    /// <param name="note">For <see cref="Keep"/>, where Redis is asked now.</param>
    public bool TryGet(string key, long pass, out CacheEntry entry, out NearNote note)
    {
        entry = default;
        note = default;
        if (!IsOn || !Listening.TryEnter(out var listening))
        {
            return false;
        }

        note = new NearNote(pass, listening, Volatile.Read(ref CounterOf(key)), time.GetTimestamp());
        if (!_copies.TryGetValue(key, out var found) || found is not Copy copy
            || note != copy.Note with { At = note.At } || time.GetElapsedTime(copy.Note.At, note.At) >= copy.Life)
        {
            return false;
        }

        entry = copy.Entry;
        return true;
    }

    /// <summary>Keeps what Redis answered, for as long as it may be served; not what is past its soft expiry.</summary>
    /// <param name="key">The key in Redis.</param>
    /// <param name="entry">The answer.</param>
    /// <param name="note">From before Redis was asked.</param>
    public void Keep(string key, in CacheEntry entry, in NearNote note)
    {
        var fresh = entry.SoftExpiry - time.GetUtcNow();
        if (!IsOn || note == default || fresh <= TimeSpan.Zero)
        {
            return;
        }

        var life = fresh < _life ? fresh : _life;
        using var place = _copies.CreateEntry(key);
        place.Value = new Copy(entry, note, life);
        place.Size = entry.Payload.Body.Length + (sizeof(char) * key.Length) + Overhead;
        place.AbsoluteExpirationRelativeToNow = life;
    }

    /// <summary>Has no copy served of what Redis was asked for until now.</summary>
    public void Forget(string key) => Interlocked.Increment(ref CounterOf(key));

    /// <summary>The same once Redis has answered a step that makes the key old, or has not: until then it may have answered others with the old value.</summary>
    public async Task<T> ForgetAfterAsync<T>(string key, Task<T> step)
    {
        try
        {
            return await step;
        }
        finally
        {
            Forget(key);
        }
    }

    /// <summary>Has no copy served of any key.</summary>
    public void ForgetAll()
    {
        for (var counter = 0; counter < Counters; counter++)
        {
            Interlocked.Increment(ref _forgotten[counter]);
        }
    }

    public void Dispose() => _copies?.Dispose();

    private ref long CounterOf(string key) => ref _forgotten[(uint)string.GetHashCode(key) % Counters];

    private sealed record Copy(CacheEntry Entry, NearNote Note, TimeSpan Life);
}
