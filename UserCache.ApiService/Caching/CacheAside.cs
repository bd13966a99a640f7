using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace UserCache.ApiService.Caching;

/// <summary>A write that has begun, as far as the cache is concerned.</summary>
/// <param name="Key">The key in Redis.</param>
/// <param name="Token">Tells this write from others.</param>
/// <param name="TimeToCommit">After this time the write must not be committed any more: the cache takes it for dead soon after.</param>
internal readonly record struct CacheWrite(string Key, string Token, TimeSpan TimeToCommit);

/// <summary>
/// The cache-aside engine: bytes in, bytes out, under keys that mean nothing to it. Reads look in Redis and fall back to the
/// source; whoever changes the source does so between the begin and the end of a write.
/// </summary>
internal sealed class CacheAside(
    CacheStore store, ReadThrough readThrough, Refresher refresher, Auditor auditor, CacheMetrics metrics, IOptions<CacheOptions> options, TimeProvider time)
{
    private readonly SingleFlight<(FreshResult Fresh, ActivityContext Trace)> _flights = new();

    /// <summary>Reads one key.</summary>
    /// <param name="key">The key in Redis.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="SourceUnavailableException">Too many reads wait for the source, or it took too long.</exception>
    /// <exception cref="Exception">What the source throws; never because of Redis.</exception>
    public async Task<CacheResult> GetAsync(string key, CancellationToken cancellationToken)
    {
        using var span = CacheTelemetry.StartGet(key);
        try
        {
            var arrival = time.GetTimestamp();
            var lookup = await store.ReadAsync(key);
            var result = lookup.Entry is { } entry ? Serve(key, entry) : await JoinAsync(key, arrival, span, cancellationToken);
            if (result.Outcome == CacheOutcome.Stale)
            {
                refresher.Start([(key, lookup.Entry!.Value)]);
            }

            metrics.Completed(result.Outcome);
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
            var lookups = await Task.WhenAll(keys.Select(store.ReadAsync));
            var missing = Enumerable.Range(0, keys.Count).Where(place => lookups[place].Entry is null).ToList();
            var read = missing.Count > 0 ? await readThrough.ReadAsync([.. missing.Select(place => keys[place])], cancellationToken) : [];

            var results = lookups.Zip(keys, (lookup, key) => lookup.Entry is { } entry ? Serve(key, entry) : default).ToArray();
            foreach (var (place, fresh) in missing.Zip(read))
            {
                results[place] = fresh.Result;
            }

            refresher.Start(
                from place in Enumerable.Range(0, keys.Count)
                where results[place].Outcome == CacheOutcome.Stale
                select (keys[place], lookups[place].Entry!.Value));

            foreach (var result in results)
            {
                metrics.Completed(result.Outcome);
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

    /// <summary>To be called when a change of the source is made but not committed. Until the write ends, or is taken for dead, all read the source.</summary>
    public async Task<CacheWrite> BeginWriteAsync(string key)
    {
        var token = Guid.NewGuid().ToString("N");
        var begun = time.GetTimestamp();
        await store.BeginWriteAsync(key, token);
        var left = options.Value.TimeToCommit - time.GetElapsedTime(begun);
        return new CacheWrite(key, token, left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    /// <summary>
    /// To be called when the change is committed or rolled back, but not when nobody knows which: then the write is left to its deadline.
    /// </summary>
    /// <returns>Whether every later read gives the change. Otherwise Redis was not reached, and that takes until the change is relayed.</returns>
    public Task<bool> EndWriteAsync(CacheWrite write) => store.EndWriteAsync(write.Key, write.Token);

    /// <summary>How an entry is answered.</summary>
    /// <param name="entry">The entry, if there is one.</param>
    /// <param name="ttl">Time to its soft expiry.</param>
    internal static CacheOutcome OutcomeOf(CacheEntry? entry, TimeSpan? ttl) =>
        entry is null ? CacheOutcome.Miss
        : ttl <= TimeSpan.Zero ? CacheOutcome.Stale
        : entry.Value.Payload.Exists ? CacheOutcome.Hit
        : CacheOutcome.Negative;

    private CacheResult Serve(string key, CacheEntry entry)
    {
        auditor.Sample(key);
        var ttl = entry.SoftExpiry - time.GetUtcNow();
        return new CacheResult(OutcomeOf(entry, ttl), entry.Payload, ttl);
    }

    private async Task<CacheResult> JoinAsync(string key, long arrival, Activity? span, CancellationToken cancellationToken)
    {
        while (true)
        {
            var ((flight, trace), joined) = await _flights.RunAsync(
                key, async cancellation => ((await readThrough.ReadAsync([key], cancellation))[0], span?.Context ?? default), cancellationToken);
            if (!joined)
            {
                return flight.Result;
            }

            // What was read before this reader came may be older than a write that was acknowledged before it came.
            if (flight.AsOf >= arrival)
            {
                CacheTelemetry.Joined(span, trace);
                return new CacheResult(flight.Result.Outcome == CacheOutcome.Bypass ? CacheOutcome.Bypass : CacheOutcome.Collapsed, flight.Result.Payload)
                {
                    Shared = true,
                };
            }
        }
    }
}
