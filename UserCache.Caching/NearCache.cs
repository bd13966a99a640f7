using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>
/// What has to be so still when a copy is served, noted before Redis was asked for it. The default is that of nothing to keep.
/// </summary>
/// <param name="Pass">The gate's.</param>
/// <param name="Listening">How often the near cache had begun to listen.</param>
/// <param name="Forgotten">How often the key, or one that shares its counter, was to be forgotten.</param>
/// <param name="At">A timestamp: until its life is over from here, the copy may be served.</param>
internal readonly record struct NearNote(long Pass, long Listening, long Forgotten, long At);

/// <summary>
/// Copies of entries in this process, so that the hottest keys do not cost a trip to Redis; off by default. The protocol's steps
/// publish each key that they make old. Nothing is removed then: a copy is served only while nothing that was noted before its GET was
/// sent has changed, so it does not matter which comes first, the answer to that GET or the message. What this process does itself is
/// forgotten at once; of what others do, a copy may be late by its life at most, however many messages are lost.
/// </summary>
internal sealed class NearCache(IOptions<ConfigurationOptions> redis, IOptions<CacheOptions> options, TimeProvider time)
{
    /// <summary>The channel, as the client of Redis takes it.</summary>
    public static readonly RedisChannel ChannelName = RedisChannel.Literal("UserCache:forget");

    /// <summary>The message that stands for all keys.</summary>
    public static readonly RedisValue AllKeys = RedisValue.EmptyString;

    // Keys that share a counter are forgotten together: that costs a GET.
    private const int Counters = 1_024;

    private readonly long[] _forgotten = new long[Counters];
    private readonly NearCopies? _copies = options.Value.NearCacheBytes is > 0 and var bytes ? new(bytes) : null;
    private readonly TimeSpan _life = options.Value.NearCacheLife;
    private long _lost = 1;
    private long _listening;

    public bool IsOn => _copies is not null;

    /// <summary>Grows each time that messages may have been lost.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Whether every message is heard. Otherwise nothing is kept or served.</summary>
    public bool IsListening => Volatile.Read(ref _listening) == Lost;

    /// <summary>
    /// The scripts' argument, with the prefix that the client gives its channels; none when there are no copies to forget.
    /// </summary>
    public RedisValue[] Channel { get; } = options.Value.NearCacheBytes > 0
        ? [(string?)redis.Value.ChannelPrefix + ChannelName]
        : [];

    /// <summary>To be called when messages may have been lost.</summary>
    public void NoteLost() => Interlocked.Increment(ref _lost);

    /// <summary>To be called when the channel is subscribed to.</summary>
    /// <param name="lost"><see cref="Lost"/>, from before that.</param>
    public void NoteListening(long lost) => Volatile.Write(ref _listening, lost);

    /// <summary>Looks a key up.</summary>
    /// <param name="key">The key in Redis.</param>
    /// <param name="pass">The gate's.</param>
    /// <param name="entry">The copy, if there is one.</param>
    /// <param name="note">For <see cref="Keep"/>, where Redis is asked now.</param>
    public bool TryGet(string key, long pass, out CacheEntry entry, out NearNote note)
    {
        entry = default;
        note = default;
        var lost = Lost;
        if (_copies is null || Volatile.Read(ref _listening) != lost)
        {
            return false;
        }

        note = new NearNote(pass, lost, Volatile.Read(ref CounterOf(key)), time.GetTimestamp());
        if (_copies.Find(key) is not { } copy
            || note != copy.Note with { At = note.At }
            || time.GetElapsedTime(copy.Note.At, note.At) >= copy.Life)
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
        if (_copies is not null && note != default && entry.SoftExpiry - time.GetUtcNow() is var fresh && fresh > TimeSpan.Zero)
        {
            _copies.Put(new NearCopy(key, entry, note, fresh < _life ? fresh : _life));
        }
    }

    /// <summary>Has no copy served of what Redis was asked for until now.</summary>
    public void Forget(string key) => Interlocked.Increment(ref CounterOf(key));

    /// <summary>
    /// The same once Redis has answered a step that makes the key old, or has not: until then it may have answered others with the old
    /// value.
    /// </summary>
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

    private ref long CounterOf(string key) => ref _forgotten[(uint)string.GetHashCode(key) % Counters];
}
