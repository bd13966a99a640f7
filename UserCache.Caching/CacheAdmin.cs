using System.Globalization;
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
/// What operators do with a cache: look at a row's entry, and flush many. They ask Redis whether or not it is relied on at the moment.
/// </summary>
public sealed class CacheAdmin
{
    private readonly string _prefix;
    private readonly RedisShards _shards;
    private readonly CacheScripts _scripts;
    private readonly CacheStore _store;
    private readonly CacheGates _gates;
    private readonly BoundedSource _source;
    private readonly CacheAsideOptions _options;
    private readonly TimeProvider _time;

    internal CacheAdmin(
        string prefix, RedisShards shards, CacheScripts scripts, CacheStore store, CacheGates gates, BoundedSource source,
        CacheAsideOptions options, TimeProvider time)
    {
        (_prefix, _shards, _scripts, _store, _gates) = (prefix, shards, scripts, store, gates);
        (_source, _options, _time) = (source, options, time);
    }

    /// <summary>Whether there is a cache to fill at the moment, and all of it.</summary>
    public bool IsReliedOn => _gates.IsOpen;

    /// <summary>Whether a text is the key of a row that there may be.</summary>
    /// <param name="row">What someone takes for it.</param>
    public bool IsKey(string row) => _source.IsKey(row);

    /// <summary>Says what Redis holds of a row.</summary>
    /// <param name="row">Its key.</param>
    /// <param name="cancellationToken">Ends the wait for Redis.</param>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<CacheInspection> InspectAsync(RowKey row, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var key = row.Behind(_prefix);
        var answer = (RedisResult[])(await _scripts.RunAsync(Script.Inspect, key, [CacheEntry.MaxBytes]).WaitAsync(cancellationToken))!;
        var entry = _store.TryParse(key, (RedisValue)answer[2], out var parsed) ? parsed : null;
        var hardTtl = Milliseconds(answer[3]);
        var softTtl = entry?.SoftExpiry - _time.GetUtcNow();
        return new CacheInspection(
            (string)answer[0]!,
            entry?.Payload,
            (long)answer[1],
            !_shards.Of(key).Gate.IsOpen ? CacheOutcome.Bypass : CacheAside.OutcomeOf(entry, softTtl),
            entry is { Payload.Exists: true } ? AgeOf(hardTtl, softTtl) : null,
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

    /// <summary>Reads a row from the source.</summary>
    /// <param name="row">Its key.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="SourceUnavailableException">Too many reads wait for the source, or it took too long.</exception>
    /// <exception cref="OperationCanceledException">The read was ended.</exception>
    /// <exception cref="Exception">What the source throws.</exception>
    public async Task<CachePayload> ReadSourceAsync(RowKey row, CancellationToken cancellationToken) =>
        (await _source.LoadAsync([row.Behind(_prefix)], cancellationToken)).Rows[0].Payload;

    /// <summary>Removes the entries of all rows whose keys fit a pattern, on every primary.</summary>
    /// <param name="rows">The pattern, as Redis' <c>SCAN</c> takes it; a star for all.</param>
    /// <param name="cancellationToken">Ends the scan.</param>
    /// <returns>How many were removed.</returns>
    /// <exception cref="OperationCanceledException">The scan was ended; some may have been removed.</exception>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows; then some may have been removed.</exception>
    public async Task<long> FlushAsync(string rows, CancellationToken cancellationToken)
    {
        // What was read before, and is about to be stored, is not stored any more.
        await new KeyRemoval(_shards.All, _store, CacheScripts.LeaseOf(_prefix + rows)).RunAsync(cancellationToken);
        var removal = new KeyRemoval(_shards.All, _store, _prefix + rows);
        await removal.RunAsync(cancellationToken);
        return removal.Removed;
    }

    // By the hard expiry, unless its source gave it a shorter life or another hand any: there is no telling when that began.
    private TimeSpan? AgeOf(TimeSpan? hardTtl, TimeSpan? softTtl) =>
        hardTtl <= _options.HardExpiry
        && hardTtl - softTtl >= _options.HardExpiry - (_options.SoftExpiry * (1 + _options.Jitter)) - TimeSpan.FromSeconds(1)
            ? _options.HardExpiry - hardTtl
            : null;

    // Redis takes longer lives than there are times here.
    private static TimeSpan? Milliseconds(RedisResult ttl) =>
        (long)ttl >= 0 ? TimeSpan.FromMilliseconds(Math.Min((long)ttl, (long)TimeSpan.MaxValue.TotalMilliseconds)) : null;
}
