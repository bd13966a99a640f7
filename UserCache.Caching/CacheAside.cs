using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace UserCache.Caching;

/// <summary>
/// The cache-aside engine: bytes in, bytes out, under keys that mean nothing to it. Reads look in Redis and fall back to the
/// source; whoever changes the source tells <see cref="CacheInvalidation"/>.
/// </summary>
public sealed class CacheAside
{
    private readonly CacheReader _reader;
    private readonly MissHandler _misses;
    private readonly Refresher _refresher;
    private readonly Auditor _auditor;
    private readonly CacheMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly SingleFlight<(FreshResult Fresh, ActivityContext Trace)> _flights = new();

    internal CacheAside(
        CacheReader reader, MissHandler misses, Refresher refresher, Auditor auditor, CacheMetrics metrics, TimeProvider time) =>
        (_reader, _misses, _refresher, _auditor, _metrics, _time) = (reader, misses, refresher, auditor, metrics, time);

    /// <summary>Reads one key.</summary>
    /// <param name="key">The key in Redis.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="SourceUnavailableException">Too many reads wait for the source, or it took too long.</exception>
    /// <exception cref="Exception">What the source throws; never because of Redis.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<CacheResult> GetAsync(string key, CancellationToken cancellationToken)
    {
        using var span = CacheTelemetry.StartGet(key);
        try
        {
            var arrival = _time.GetTimestamp();
            var lookup = await _reader.ReadAsync(key);
            var result = lookup.Entry is { } entry
                ? Serve(key, entry, lookup.IsNear)
                : await JoinAsync(new Miss(key, lookup.Available), arrival, span, cancellationToken);
            if (result.Outcome == CacheOutcome.Stale)
            {
                _refresher.Start([(key, lookup.Entry!.Value)]);
            }

            _metrics.Completed(result);
            CacheTelemetry.Completed(span, result);
            return result;
        }
        catch (Exception failure)
        {
            CacheTelemetry.Failed(span, failure);
            throw;
        }
    }

    /// <summary>Reads many keys: one pipelined trip to Redis, and one query for all that it does not have.</summary>
    /// <param name="keys">The keys in Redis, each once.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>A result for each key, in the order of <paramref name="keys"/>.</returns>
    /// <exception cref="SourceUnavailableException">Too many reads wait for the source, or it took too long.</exception>
    /// <exception cref="Exception">What the source throws; never because of Redis.</exception>
    public async Task<CacheResult[]> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        using var span = CacheTelemetry.StartGetMany(keys.Count);
        try
        {
            var lookups = await _reader.ReadAsync(keys);
            var missing = Enumerable.Range(0, keys.Count).Where(place => lookups[place].Entry is null).ToList();
            var misses = missing.ConvertAll(place => new Miss(keys[place], lookups[place].Available));
            var read = misses.Count > 0 ? await _misses.ReadAsync(misses, cancellationToken) : [];

            var results = lookups
                .Zip(keys, (lookup, key) => lookup.Entry is { } entry ? Serve(key, entry, lookup.IsNear) : default)
                .ToArray();
            foreach (var (place, fresh) in missing.Zip(read))
            {
                results[place] = fresh.Result;
            }

            _refresher.Start(
                from place in Enumerable.Range(0, keys.Count)
                where results[place].Outcome == CacheOutcome.Stale
                select (keys[place], lookups[place].Entry!.Value));

            foreach (var result in results)
            {
                _metrics.Completed(result);
            }

            CacheTelemetry.Completed(span, results);
            return results;
        }
        catch (Exception failure)
        {
            CacheTelemetry.Failed(span, failure);
            throw;
        }
    }

    /// <summary>How many readers in this process wait for one read of the source.</summary>
    internal int Waiting(string key) => _flights.Waiting(key);

    /// <summary>How an entry is answered.</summary>
    /// <param name="entry">The entry, if there is one.</param>
    /// <param name="ttl">Time to its soft expiry.</param>
    internal static CacheOutcome OutcomeOf(CacheEntry? entry, TimeSpan? ttl) =>
        entry is null ? CacheOutcome.Miss
        : ttl <= TimeSpan.Zero ? CacheOutcome.Stale
        : entry.Value.Payload.Exists ? CacheOutcome.Hit
        : CacheOutcome.Negative;

    private CacheResult Serve(string key, CacheEntry entry, bool isNear)
    {
        _auditor.Sample(key);
        var ttl = entry.SoftExpiry - _time.GetUtcNow();
        return new CacheResult(OutcomeOf(entry, ttl), entry.Payload, ttl) { IsNear = isNear };
    }

    private async Task<CacheResult> JoinAsync(Miss miss, long arrival, Activity? span, CancellationToken cancellationToken)
    {
        while (true)
        {
            var ((flight, trace), joined) = await _flights.RunAsync(
                miss.Key,
                async cancellation => ((await _misses.ReadAsync([miss], cancellation))[0], span?.Context ?? default),
                cancellationToken);
            if (!joined)
            {
                return flight.Result;
            }

            // What was read before this reader came may be older than a write that was acknowledged before it came.
            if (flight.AsOf >= arrival)
            {
                CacheTelemetry.Joined(span, trace);
                return new CacheResult(
                    flight.Result.Outcome == CacheOutcome.Bypass ? CacheOutcome.Bypass : CacheOutcome.Collapsed, flight.Result.Payload)
                {
                    Shared = true,
                };
            }
        }
    }
}
