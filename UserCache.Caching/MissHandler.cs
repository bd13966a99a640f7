namespace UserCache.Caching;

/// <summary>A key that the cache had no entry for.</summary>
/// <param name="Key">The key in Redis.</param>
/// <param name="Available">Whether Redis said so; otherwise it is not worth asking again, which may take as long again.</param>
internal readonly record struct Miss(string Key, bool Available);

/// <summary>A result, and from when it is.</summary>
/// <param name="Result">The result.</param>
/// <param name="AsOf">A timestamp: every write that was acknowledged by then is in it.</param>
internal readonly record struct FreshResult(CacheResult Result, long AsOf);

/// <summary>
/// Reads what the cache lacks. For each key one reader, on whichever replica, wins the lease, reads the source and fills the cache;
/// the others wait for that, for as long as a lease may last.
/// </summary>
internal sealed class MissHandler(CacheFiller filler, BoundedSource source, CacheAsideOptions options, TimeProvider time)
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(50);

    private readonly TimeSpan _patience = options.LoadTimeout;

    /// <summary>Reads keys that the cache had no entry for: all that nobody else is reading already with one query.</summary>
    /// <returns>A result for each key, in the order of <paramref name="misses"/>.</returns>
    /// <exception cref="Exception">What the source throws; never because of Redis.</exception>
    public async Task<FreshResult[]> ReadAsync(IReadOnlyList<Miss> misses, CancellationToken cancellationToken)
    {
        var results = new FreshResult[misses.Count];
        var token = Guid.NewGuid().ToString("N");
        var started = time.GetTimestamp();
        List<int> waiting = [.. Enumerable.Range(0, misses.Count)];
        for (var poll = FirstPoll; ; poll = poll * 2 < LongestPoll ? poll * 2 : LongestPoll)
        {
            var timeIsOver = time.GetElapsedTime(started) >= _patience;
            var asOf = time.GetTimestamp();
            var answers = await Task.WhenAll(waiting.Select(place => AcquireAsync(misses[place], token)));

            var ours = new List<(int Place, Acquisition Outcome, CacheLease Lease)>();
            var others = new List<int>();
            foreach (var (place, (outcome, lease, entry)) in waiting.Zip(answers))
            {
                if (outcome == Acquisition.Found)
                {
                    results[place] = new FreshResult(new CacheResult(CacheOutcome.Collapsed, entry.Payload), asOf);
                }
                else if (outcome == Acquisition.Held && !timeIsOver)
                {
                    others.Add(place);
                }
                else
                {
                    ours.Add((place, outcome, lease));
                }
            }

            // Before waiting for others: two batches that each hold what the other wants would wait in vain.
            await LoadAsync(misses, ours, results, cancellationToken);
            if (others.Count == 0)
            {
                return results;
            }

            waiting = others;
            await Task.Delay(poll * (1 - (Random.Shared.NextDouble() / 2)), time, cancellationToken);
        }
    }

    private Task<Acquired> AcquireAsync(Miss miss, string token) =>
        miss.Available ? filler.AcquireAsync(miss.Key, token) : Task.FromResult(new Acquired(Acquisition.Unavailable));

    private async Task LoadAsync(
        IReadOnlyList<Miss> misses,
        List<(int Place, Acquisition Outcome, CacheLease Lease)> loads,
        FreshResult[] results,
        CancellationToken cancellationToken)
    {
        if (loads.Count == 0)
        {
            return;
        }

        SourceRead read;
        try
        {
            read = await source.LoadAsync([.. loads.Select(load => misses[load.Place].Key)], cancellationToken);
        }
        catch
        {
            await Task.WhenAll(loads.Where(load => load.Outcome == Acquisition.Won).Select(load => filler.ReleaseAsync(load.Lease)));
            throw;
        }

        await Task.WhenAll(loads.Zip(read.Rows, async (load, row) =>
            results[load.Place] = load.Outcome switch
            {
                Acquisition.Won => await FillAsync(load.Lease, row, read.AsOf),
                Acquisition.Unavailable => new FreshResult(new CacheResult(CacheOutcome.Bypass, row.Payload), read.AsOf),
                _ => new FreshResult(new CacheResult(CacheOutcome.Miss, row.Payload), read.AsOf),
            }));
    }

    private async Task<FreshResult> FillAsync(CacheLease lease, SourceRow row, long readAsOf)
    {
        var filledAsOf = time.GetTimestamp();
        var stored = await filler.FillAsync(lease, row);
        // What was accepted is still true then: a write in between would have taken the lease away.
        return new FreshResult(new CacheResult(CacheOutcome.Miss, row.Payload, Stored: stored), stored ? filledAsOf : readAsOf);
    }
}
