namespace UserCache.ApiService.Caching;

/// <summary>
/// The cache-aside engine: bytes in, bytes out, under keys that mean nothing to it. Reads look in Redis and fall back to a source
/// given by the caller; a caller that changes the source invalidates the key.
/// </summary>
internal sealed class CacheAside(CacheStore store, CacheTelemetry telemetry, TimeProvider time)
{
    /// <summary>Reads one key.</summary>
    /// <param name="key">The key in Redis.</param>
    /// <param name="load">Reads the source: the row, or <see cref="CachePayload.Absent"/>.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="Exception">What <paramref name="load"/> throws; never because of Redis.</exception>
    public async Task<CacheResult> GetAsync(string key, Func<CancellationToken, Task<CachePayload>> load, CancellationToken cancellationToken)
    {
        using var span = CacheTelemetry.StartGet(key);
        try
        {
            var lookup = await store.ReadAsync(key);
            if (!TryHit(lookup, out var result))
            {
                var started = time.GetTimestamp();
                var payload = await load(cancellationToken);
                telemetry.Loaded(time.GetElapsedTime(started));
                result = await FillAsync(key, lookup, payload);
            }

            telemetry.Completed(span, result);
            return result;
        }
        catch (Exception failure)
        {
            CacheTelemetry.Failed(span, failure);
            throw;
        }
    }

    /// <summary>Reads many keys: one pipelined trip to Redis, and one load for all that it does not have.</summary>
    /// <param name="keys">The keys in Redis.</param>
    /// <param name="load">Reads the source for the keys at the given places; answers in the same order.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>A result for each key, in the order of <paramref name="keys"/>.</returns>
    /// <exception cref="Exception">What <paramref name="load"/> throws; never because of Redis.</exception>
    public async Task<CacheResult[]> GetManyAsync(
        IReadOnlyList<string> keys,
        Func<IReadOnlyList<int>, CancellationToken, Task<IReadOnlyList<CachePayload>>> load,
        CancellationToken cancellationToken)
    {
        using var span = CacheTelemetry.StartGetMany(keys.Count);
        try
        {
            var lookups = await Task.WhenAll(keys.Select(store.ReadAsync));
            var results = new CacheResult[keys.Count];
            var missing = new List<int>();
            for (var place = 0; place < lookups.Length; place++)
            {
                if (!TryHit(lookups[place], out results[place]))
                {
                    missing.Add(place);
                }
            }

            if (missing.Count > 0)
            {
                var started = time.GetTimestamp();
                var payloads = await load(missing, cancellationToken);
                telemetry.Loaded(time.GetElapsedTime(started));
                if (payloads.Count != missing.Count)
                {
                    throw new InvalidOperationException($"{missing.Count} keys were to be loaded, and {payloads.Count} were.");
                }

                var filled = await Task.WhenAll(missing.Zip(payloads, (place, payload) => FillAsync(keys[place], lookups[place], payload)));
                foreach (var (place, result) in missing.Zip(filled))
                {
                    results[place] = result;
                }
            }

            telemetry.Completed(span, results);
            return results;
        }
        catch (Exception failure)
        {
            CacheTelemetry.Failed(span, failure);
            throw;
        }
    }

    /// <summary>Forgets a key, after the source has changed.</summary>
    public Task InvalidateAsync(string key) => store.DeleteAsync(key);

    private bool TryHit(in CacheLookup lookup, out CacheResult result)
    {
        result = default;
        if (lookup.Entry is not { } entry)
        {
            return false;
        }

        var ttl = entry.SoftExpiry - time.GetUtcNow();
        if (ttl <= TimeSpan.Zero)
        {
            return false;
        }

        result = new CacheResult(entry.Payload.Exists ? CacheOutcome.Hit : CacheOutcome.Negative, entry.Payload, ttl);
        return true;
    }

    private async Task<CacheResult> FillAsync(string key, CacheLookup lookup, CachePayload payload)
    {
        if (!lookup.Available)
        {
            return new CacheResult(CacheOutcome.Bypass, payload);
        }

        var stored = await store.WriteAsync(key, payload);
        return new CacheResult(lookup.Entry is null ? CacheOutcome.Miss : CacheOutcome.Stale, payload, Stored: stored);
    }
}
