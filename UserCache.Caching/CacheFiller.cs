using StackExchange.Redis;
using UserCache.Caching.Scripts;

namespace UserCache.Caching;

/// <summary>
/// The protocol's steps that fill one cache. Redis is optional: nothing here throws because of it. What it answers counts only while the
/// gate is open.
/// </summary>
internal sealed class CacheFiller(
    RedisShards shards, CacheScripts scripts, CacheStore store, CacheMetrics metrics, CacheAsideOptions options, TimeProvider time)
{
    private const int AcquireWon = 1;
    private const int AcquireHeld = 2;

    private readonly long _leaseMilliseconds = (long)options.LoadTimeout.TotalMilliseconds;

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

        return store.TryParse(key, (RedisValue)answer, out var entry)
            ? new Acquired(Acquisition.Found, Entry: entry.Value)
            : new Acquired(Acquisition.Closed);
    }

    /// <summary>Asks for the right to fill a key anew whose entry is past its soft expiry.</summary>
    /// <returns>The lease, if it was given.</returns>
    public async Task<CacheLease?> AcquireRefreshAsync(string key, string token, CacheEntry seen) =>
        shards.Of(key).Gate.TryEnter(out var pass)
        && await scripts.TryRunAsync("acquire", Script.AcquireRefresh, key, [token, _leaseMilliseconds, seen.Header]) is { } answer
        && (bool)answer
            ? new CacheLease(key, token, pass)
            : null;

    /// <summary>Stores what was read under a lease, and gives the lease back.</summary>
    /// <returns>Whether it was stored; then nothing newer has been written since the lease was won.</returns>
    public async Task<bool> FillAsync(CacheLease lease, SourceRow row)
    {
        if (row.IsUncacheable || row.Life <= TimeSpan.Zero)
        {
            // What was there until now is not to be kept either; and the lease goes with it.
            await store.TryEvictAsync(lease.Key);
            return false;
        }

        var payload = row.Payload;
        var softExpiry = Shorter(Spread(payload.Exists ? options.SoftExpiry : options.NegativeExpiry), row.Life);
        var hardExpiry = payload.Exists ? Shorter(options.HardExpiry, row.Life) : softExpiry;
        var entry = CacheEntry.Write(lease.Key, payload, time.GetUtcNow() + softExpiry, options.CompressAbove);
        if (entry.Length > CacheEntry.MaxBytes)
        {
            metrics.FillRejected();
            await ReleaseAsync(lease);
            return false;
        }

        // If the key has another shard by now, its gate has not given this pass.
        var gate = shards.Of(lease.Key).Gate;
        RedisValue[] arguments = [lease.Token, payload.Version, entry, (long)Math.Ceiling(hardExpiry.TotalMilliseconds)];
        if (!gate.IsStill(lease.Pass) || await scripts.TryRunAsync("fill", Script.Fill, lease.Key, arguments) is not { } answer)
        {
            // Nobody else could fill until it expires.
            _ = ReleaseAsync(lease);
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

    private async Task<RedisResult?> TryAcquireAsync(string key, string token)
    {
        var answer = await AskAsync();
        if (answer is null || answer.Resp2Type == ResultType.Integer || store.TryParse(key, (RedisValue)answer, out _))
        {
            return answer;
        }

        await store.DiscardAsync(key, (RedisValue)answer);
        return await AskAsync();

        Task<RedisResult?> AskAsync() =>
            scripts.TryRunAsync("acquire", Script.Acquire, key, [token, _leaseMilliseconds, CacheEntry.MaxBytes]);
    }

    private static TimeSpan Shorter(TimeSpan expiry, TimeSpan? life) => life < expiry ? life.Value : expiry;

    // Predictable jitter is as good as any: nothing secret hangs on it.
    private TimeSpan Spread(TimeSpan expiry) => expiry * (1 + (options.Jitter * ((Random.Shared.NextDouble() * 2) - 1)));
}
