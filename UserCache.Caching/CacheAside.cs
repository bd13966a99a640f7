using System.Runtime.CompilerServices;

namespace UserCache.Caching;

/// <summary>
/// A cache-aside of one kind of rows: bytes by their keys. Reads look in Redis and fall back to the source; whoever changes the source
/// tells <see cref="CacheInvalidation"/>, or writes to an outbox that someone relays. All members may be called at the same time.
/// </summary>
/// <remarks>
/// Made by <see cref="ServiceCollectionExtensions.AddCacheAside"/>, and a keyed service by its name. No call waits for Redis longer than
/// <see cref="CacheOptions.RedisTimeout"/>, and none fails because of it but where that is said.
/// </remarks>
public sealed class CacheAside
{
    private readonly string _prefix;
    private readonly CacheReader _reader;
    private readonly MissHandler _misses;
    private readonly Refresher _refresher;
    private readonly Auditor _auditor;
    private readonly CacheStore _store;
    private readonly CacheMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly MissFlights _flights;

    internal CacheAside(
        string name, string prefix, CacheReader reader, MissHandler misses, Refresher refresher, Auditor auditor, CacheStore store,
        CacheMetrics metrics, CacheAdmin admin, TimeProvider time)
    {
        (Name, _prefix, _reader, _misses, _refresher, _auditor) = (name, prefix, reader, misses, refresher, auditor);
        (_store, _metrics, Admin, _time, _flights) = (store, metrics, admin, time, new MissFlights(misses));
    }

    /// <summary>What it is called: in metrics, in its settings, and in the outbox.</summary>
    public string Name { get; }

    /// <summary>What operators do with it.</summary>
    public CacheAdmin Admin { get; }

    /// <summary>The key in Redis of a row.</summary>
    public string KeyOf(RowKey row) => row.Behind(_prefix);

    /// <summary>The keys in Redis of all rows whose keys fit a pattern, as Redis' <c>SCAN</c> takes it; a star for all.</summary>
    public string KeysLike(string rows) => _prefix + rows;

    /// <summary>Reads one row.</summary>
    /// <param name="row">Its key.</param>
    /// <param name="cancellationToken">Ends the read; what others wait for too goes on.</param>
    /// <exception cref="SourceUnavailableException">Too many reads wait for the source, or it took too long.</exception>
    /// <exception cref="OperationCanceledException">The read was ended.</exception>
    /// <exception cref="Exception">What the source throws; never because of Redis.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<CacheResult> GetAsync(RowKey row, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var key = row.Behind(_prefix);
        using var span = CacheTelemetry.StartGet(key);
        try
        {
            var arrival = _time.GetTimestamp();
            var lookup = await _reader.ReadAsync(key);
            var result = lookup.Entry is { } entry
                ? Serve(key, entry, lookup.IsNear)
                : await _flights.JoinAsync(new Miss(key, lookup.Available), arrival, span, cancellationToken);
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

    /// <summary>Reads many rows: one pipelined trip to Redis, and one query for all that it does not have.</summary>
    /// <param name="rows">Their keys, each once; some hundreds at most, for all of them are one query.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>A result for each row, in the order of <paramref name="rows"/>.</returns>
    /// <exception cref="SourceUnavailableException">Too many reads wait for the source, or it took too long.</exception>
    /// <exception cref="OperationCanceledException">The read was ended.</exception>
    /// <exception cref="Exception">What the source throws; never because of Redis.</exception>
    public async Task<CacheResult[]> GetManyAsync(IReadOnlyList<RowKey> rows, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var keys = KeysOf(rows);
        using var span = CacheTelemetry.StartGetMany(keys.Length);
        try
        {
            var lookups = await _reader.ReadAsync(keys);
            var missing = Enumerable.Range(0, keys.Length).Where(place => lookups[place].Entry is null).ToList();
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
                from place in Enumerable.Range(0, keys.Length)
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

    /// <summary>
    /// Says what is cached of a row, near or in Redis. It never reads the source, has no entry read anew, and counts in no metric.
    /// </summary>
    /// <param name="row">Its key.</param>
    /// <param name="cancellationToken">Ends the wait for Redis.</param>
    /// <returns>
    /// <see langword="null"/> when nothing is, or Redis is not relied on at the moment. That there is no such row may be cached as well.
    /// </returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public async ValueTask<CacheResult?> PeekAsync(RowKey row, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var lookup = await _reader.ReadAsync(row.Behind(_prefix)).AsTask().WaitAsync(cancellationToken);
        return lookup.Entry is { } entry ? Result(entry, lookup.IsNear) : null;
    }

    /// <summary>
    /// Removes what is cached of a row; who is reading the source for it may not fill it. A change of the row needs no such call.
    /// </summary>
    /// <param name="row">Its key.</param>
    /// <param name="cancellationToken">Ends the wait; then it may or may not be done.</param>
    /// <returns>Whether there was something.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows; then it may or may not be done.</exception>
    public Task<bool> EvictAsync(RowKey row, CancellationToken cancellationToken) => cancellationToken.IsCancellationRequested
        ? Task.FromCanceled<bool>(cancellationToken)
        : _store.EvictAsync(row.Behind(_prefix)).WaitAsync(cancellationToken);

    /// <summary>Fills those of some rows that are not cached, under the protocol's rules and bounds.</summary>
    /// <param name="rows">Their keys, each once; some hundreds at most, for all of them are one query.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>
    /// How many were filled, and how many were there already. The others are being written, or are not to be kept, or Redis is full or
    /// away.
    /// </returns>
    /// <exception cref="SourceUnavailableException">Too many reads wait for the source, or it took too long.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    /// <exception cref="Exception">What the source throws.</exception>
    public async Task<(int Filled, int Present)> WarmAsync(IReadOnlyList<RowKey> rows, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var reads = await _misses.ReadAsync([.. KeysOf(rows).Select(key => new Miss(key, Available: true))], cancellationToken);
        return (reads.Count(read => read.Result.Stored), reads.Count(read => read.Result.Outcome == CacheOutcome.Collapsed));
    }

    /// <summary>To be told when a change of one of its rows was relayed.</summary>
    /// <param name="lag">Time since it was made.</param>
    public void NoteRelayed(TimeSpan lag) => _metrics.Relayed(lag);

    /// <summary>How many readers in this process wait for one read of the source.</summary>
    internal int Waiting(RowKey row) => _flights.Waiting(row.Behind(_prefix));

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
        return Result(entry, isNear);
    }

    private CacheResult Result(CacheEntry entry, bool isNear)
    {
        var ttl = entry.SoftExpiry - _time.GetUtcNow();
        return new CacheResult(OutcomeOf(entry, ttl), entry.Payload, ttl) { IsNear = isNear };
    }

    private string[] KeysOf(IReadOnlyList<RowKey> rows)
    {
        var keys = new string[rows.Count];
        for (var place = 0; place < keys.Length; place++)
        {
            keys[place] = rows[place].Behind(_prefix);
        }

        return keys;
    }
}
