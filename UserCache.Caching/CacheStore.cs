using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using UserCache.Caching.Scripts;

namespace UserCache.Caching;

/// <summary>
/// The protocol's steps on entries in Redis. Redis is optional: nothing here throws because of it, but invalidations,
/// which are tried again. What it answers to readers counts only while the gate is open; writers and invalidations speak to it in any case.
/// </summary>
internal sealed partial class CacheStore(
    RedisShards shards, CacheScripts scripts, NearCache near, CacheMetrics metrics, IOptions<CacheOptions> options, TimeProvider time,
    ILogger<CacheStore> logger)
{
    private const int AcquireWon = 1;
    private const int AcquireHeld = 2;
    // As good as all of them, with their number: the header is among them.
    private const int IdentifyingBytes = 64;

    private readonly CacheOptions _options = options.Value;
    private readonly long _leaseMilliseconds = (long)options.Value.LoadTimeout.TotalMilliseconds;
    private readonly long _writerMilliseconds = (long)options.Value.WriterDeadline.TotalMilliseconds;

    /// <summary>Asks for the right to fill a key that had no entry.</summary>
    public async Task<Acquired> AcquireAsync(string key, string token)
    {
        var gate = shards.Of(key).Gate;
        if (!gate.TryEnter(out var pass))
        {
            return new Acquired(Acquisition.Unavailable);
        }

        if (await TryAcquireAsync(key, token) is not { } answer || !gate.IsStill(pass))
        {
            // It may have been won all the same, and nobody else could fill until it expires.
            _ = ReleaseAsync(new CacheLease(key, token, pass));
            return new Acquired(Acquisition.Unavailable);
        }

        if (answer.Resp2Type == ResultType.Integer)
        {
            return ((int)answer) switch
            {
                AcquireWon => new Acquired(Acquisition.Won, new CacheLease(key, token, pass)),
                AcquireHeld => new Acquired(Acquisition.Held),
                _ => new Acquired(Acquisition.Closed),
            };
        }

        return TryParse(key, (RedisValue)answer, out var entry)
            ? new Acquired(Acquisition.Found, Entry: entry.Value)
            : new Acquired(Acquisition.Closed);
    }

    /// <summary>Asks for the right to fill a key anew whose entry is past its soft expiry.</summary>
    /// <returns>The lease, if it was given.</returns>
    public async Task<CacheLease?> AcquireRefreshAsync(string key, string token, CacheEntry seen) =>
        shards.Of(key).Gate.TryEnter(out var pass)
        && await scripts.TryRunAsync("acquire", Script.AcquireRefresh, key, [token, _leaseMilliseconds, seen.Header(key)]) is { } answer
        && (bool)answer
            ? new CacheLease(key, token, pass)
            : null;

    /// <summary>Stores what was read under a lease, and gives the lease back.</summary>
    /// <returns>Whether it was stored; then nothing newer has been written since the lease was won.</returns>
    public async Task<bool> FillAsync(CacheLease lease, CachePayload payload)
    {
        var softExpiry = Spread(payload.Exists ? _options.SoftExpiry : _options.NegativeExpiry);
        var hardExpiry = payload.Exists ? _options.HardExpiry : softExpiry;
        var entry = new CacheEntry(payload, time.GetUtcNow() + softExpiry).ToBytes(lease.Key);
        if (entry.Length > CacheEntry.MaxBytes)
        {
            metrics.FillRejected();
            await ReleaseAsync(lease);
            return false;
        }

        // If the key has another shard by now, its gate has not given this pass.
        var gate = shards.Of(lease.Key).Gate;
        RedisValue[] arguments = [lease.Token, payload.Version, entry, (long)hardExpiry.TotalMilliseconds];
        if (!gate.IsStill(lease.Pass) || await scripts.TryRunAsync("fill", Script.Fill, lease.Key, arguments) is not { } answer)
        {
            return false;
        }

        if (!(bool)answer)
        {
            metrics.FillRejected();
            return false;
        }

        return gate.IsStill(lease.Pass);
    }

    /// <summary>Gives a lease back without storing anything.</summary>
    public Task ReleaseAsync(CacheLease lease) =>
        scripts.TryRunAsync("release", Script.Fill, lease.Key, [lease.Token, long.MaxValue, RedisValue.EmptyString, 0]);

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

    private async Task<RedisResult?> TryAcquireAsync(string key, string token)
    {
        var answer = await AskAsync();
        if (answer is null || answer.Resp2Type == ResultType.Integer || TryParse(key, (RedisValue)answer, out _))
        {
            return answer;
        }

        await DiscardAsync(key, (RedisValue)answer);
        return await AskAsync();

        Task<RedisResult?> AskAsync() =>
            scripts.TryRunAsync("acquire", Script.Acquire, key, [token, _leaseMilliseconds, CacheEntry.MaxBytes]);
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
        && entry.Value.SoftExpiry <= time.GetUtcNow() + CacheOptions.MaxHardExpiry;

    // Predictable jitter is as good as any: nothing secret hangs on it.
    private TimeSpan Spread(TimeSpan expiry) => expiry * (1 + (_options.Jitter * ((Random.Shared.NextDouble() * 2) - 1)));

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 101, Level = LogLevel.Warning, Message = "{Key} holds something that this cache did not write; deleting it.")]
        public static partial void Unreadable(ILogger logger, string key);
    }
}
