using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using UserCache.Caching.Scripts;

namespace UserCache.Caching;

/// <summary>What Redis holds of a key, and how a read would be answered.</summary>
/// <param name="Kind">Redis' type of the value; <c>none</c> when there is no value.</param>
/// <param name="Payload">The entry's; <see langword="null"/> when there is none, or when this cache did not write it.</param>
/// <param name="Bytes">Size of the value, if it is a string.</param>
/// <param name="Outcome">How a read would be answered now.</param>
/// <param name="Age">Time since it was filled, by this process' hard expiry.</param>
/// <param name="SoftTtl">Until it is read anew; negative when that is overdue.</param>
/// <param name="HardTtl">Until Redis drops it.</param>
/// <param name="Lease">Who may fill it.</param>
/// <param name="Writers">For each registered writer, the time until it counts as dead.</param>
public sealed record CacheInspection(
    string Kind, CachePayload? Payload, long Bytes, CacheOutcome Outcome, TimeSpan? Age, TimeSpan? SoftTtl, TimeSpan? HardTtl,
    CacheInspectionLease? Lease, IReadOnlyList<TimeSpan> Writers);

/// <summary>A lease, as it is found.</summary>
/// <param name="Token">Of its holder.</param>
/// <param name="Floor">The version below which nothing is filled; 0 for any.</param>
/// <param name="Ttl">Until it expires.</param>
public sealed record CacheInspectionLease(string? Token, long Floor, TimeSpan Ttl);

/// <summary>
/// What operators do: look at a key, evict it, flush many, fill many. They ask Redis whether or not it is relied on at the moment.
/// </summary>
public sealed partial class CacheAdmin
{
    private readonly RedisShards _shards;
    private readonly CacheScripts _scripts;
    private readonly CacheStore _store;
    private readonly CacheGates _gates;
    private readonly MissHandler _misses;
    private readonly BoundedSource _source;
    private readonly TimeSpan _hardExpiry;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    internal CacheAdmin(
        RedisShards shards, CacheScripts scripts, CacheStore store, CacheGates gates, MissHandler misses, BoundedSource source,
        IOptions<CacheOptions> options, TimeProvider time, ILogger<CacheAdmin> logger)
    {
        (_shards, _scripts, _store, _gates, _misses, _source) = (shards, scripts, store, gates, misses, source);
        (_hardExpiry, _time, _logger) = (options.Value.HardExpiry, time, logger);
    }

    /// <summary>Whether there is a cache to fill at the moment, and all of it.</summary>
    public bool IsReliedOn => _gates.IsOpen;

    /// <summary>Says what Redis holds of a key.</summary>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<CacheInspection> InspectAsync(string key)
    {
        var answer = (RedisResult[])(await _scripts.RunAsync(Script.Inspect, key, [CacheEntry.MaxBytes]))!;
        var entry = _store.TryParse(key, (RedisValue)answer[2], out var parsed) ? parsed : null;
        var hardTtl = Milliseconds(answer[3]);
        var softTtl = entry?.SoftExpiry - _time.GetUtcNow();
        return new CacheInspection(
            (string)answer[0]!,
            entry?.Payload,
            (long)answer[1],
            !_shards.Of(key).Gate.IsOpen ? CacheOutcome.Bypass : CacheAside.OutcomeOf(entry, softTtl),
            // A negative entry's life is spread at random, and another hand may have set any: there is no telling when that began.
            entry is { Payload.Exists: true } && hardTtl <= _hardExpiry ? _hardExpiry - hardTtl : null,
            softTtl,
            hardTtl,
            Milliseconds(answer[6]) is { } leaseTtl
                ? new CacheInspectionLease(
                    (string?)answer[4],
                    long.TryParse((string?)answer[5], CultureInfo.InvariantCulture, out var floor) ? floor : 0,
                    leaseTtl)
                : null,
            [.. ((RedisResult[])answer[7]!).Select(left => TimeSpan.FromMilliseconds((long)left))]);
    }

    /// <summary>Reads a key's row from the source.</summary>
    /// <exception cref="SourceUnavailableException">Too many reads wait for the source, or it took too long.</exception>
    /// <exception cref="Exception">What the source throws.</exception>
    public async Task<CachePayload> ReadSourceAsync(string key, CancellationToken cancellationToken) =>
        (await _source.LoadAsync([key], cancellationToken)).Payloads[0];

    /// <summary>Removes a key's entry, and whatever else stands where this cache keeps its leases and writers.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<bool> EvictAsync(string key)
    {
        var wasThere = await _store.EvictAsync(key);
        Log.Evicted(_logger, key, wasThere);
        return wasThere;
    }

    /// <summary>
    /// Removes the entries of all keys that fit a pattern, on every primary.
    /// </summary>
    /// <param name="pattern">As Redis' <c>SCAN</c> takes it.</param>
    /// <param name="cancellationToken">Ends the scan.</param>
    /// <returns>How many were removed.</returns>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows; then some may have been removed.</exception>
    public async Task<long> FlushAsync(string pattern, CancellationToken cancellationToken)
    {
        var removal = new KeyRemoval(_shards.All, _store, pattern);
        await removal.RunAsync(cancellationToken);
        Log.Flushed(_logger, pattern, removal.Removed);
        return removal.Removed;
    }

    /// <summary>Fills those of some keys that have no entry, under the protocol's rules and bounds.</summary>
    /// <returns>How many were filled, and how many were there already. The others are being written, or Redis is full.</returns>
    /// <exception cref="SourceUnavailableException">Too many reads wait for the source, or it took too long.</exception>
    /// <exception cref="Exception">What the source throws.</exception>
    public async Task<(int Filled, int Present)> WarmAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var reads = await _misses.ReadAsync([.. keys.Select(key => new Miss(key, Available: true))], cancellationToken);
        return (reads.Count(read => read.Result.Stored), reads.Count(read => read.Result.Outcome == CacheOutcome.Collapsed));
    }

    // Redis takes longer lives than there are times here.
    private static TimeSpan? Milliseconds(RedisResult ttl) =>
        (long)ttl >= 0 ? TimeSpan.FromMilliseconds(Math.Min((long)ttl, (long)TimeSpan.MaxValue.TotalMilliseconds)) : null;

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 150, Level = LogLevel.Information, Message = "{Key} was evicted by an operator; it was cached: {WasThere}.")]
        public static partial void Evicted(ILogger logger, string key, bool wasThere);

        [LoggerMessage(
            EventId = 151, Level = LogLevel.Warning, Message = "{Pattern} was flushed by an operator: {Count} entries were removed.")]
        public static partial void Flushed(ILogger logger, string pattern, long count);
    }
}
