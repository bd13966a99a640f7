
namespace UserCache.Caching.PostgreSql;

/// <summary>
/// Does to a shard once more what the outbox has kept, page by page; or, where that is cheaper, removes all entries. After a failure it
/// goes on where it was, and only what failed is tried again.
/// </summary>
/// <param name="shard">Which.</param>
/// <param name="beyond">Only changes of transactions that were not committed by then: it has carried out all others.</param>
/// <param name="cache">Redis.</param>
/// <param name="invalidator">Invalidates single rows.</param>
/// <param name="outbox">Has the changes.</param>
/// <param name="time">Measures how long it takes.</param>
internal sealed class Replay(
    RedisShard shard, Horizon beyond, CacheInvalidation cache, Invalidator invalidator, Outbox outbox, TimeProvider time)
{
    private const int Page = 5_000;

    // So many changes take a fraction of a second, and what has not changed stays cached.
    private const long AlwaysSingly = 10_000;

    // A change costs as much as so many keys in a scan.
    private const int KeysScannedForOne = 4;

    private Horizon? _horizon;
    private KeyRemoval? _removal;
    private List<Change> _page = [];
    private long _after;
    private long _last;

    /// <summary>When it began: of the transactions that were committed by then, all changes will have been carried out.</summary>
    public Horizon? Horizon => _horizon;

    /// <summary>How many changes were relayed again.</summary>
    public int Replayed { get; private set; }

    /// <summary>How many entries were removed instead, if they were.</summary>
    public long? Removed => _removal?.Removed;

    /// <summary>Whether so many changes are better not carried out one by one.</summary>
    /// <param name="keys">How many keys Redis has.</param>
    public static long MaxSingly(long keys) => Math.Max(AlwaysSingly, keys / KeysScannedForOne);

    /// <summary>Goes on for a while.</summary>
    /// <returns>Whether it is done.</returns>
    /// <exception cref="Exception">Redis does not answer, or refuses, or the database does not answer.</exception>
    public async Task<bool> AdvanceAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        if (_horizon is null)
        {
            await BeginAsync(cancellationToken);
        }

        if (_removal is not null)
        {
            return await _removal.AdvanceAsync(atMost, cancellationToken);
        }

        while (_page.Count > 0 || _after < _last)
        {
            if (time.GetElapsedTime(started) >= atMost)
            {
                return false;
            }

            await AdvanceAsync(cancellationToken);
        }

        return true;
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        var singly = MaxSingly(await CacheInvalidation.CountKeysAsync(shard));
        var horizon = await outbox.HorizonAsync(cancellationToken);
        var (count, last) = await outbox.CountKeptAsync(beyond, singly + 1, cancellationToken);
        _removal = count > singly ? cache.InvalidateAll(shard) : null;
        (_last, _horizon) = (last, horizon);
    }

    private async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        if (_page.Count == 0)
        {
            var page = await outbox.KeptAsync(beyond, _after, Page, cancellationToken);
            _after = page.Count > 0 ? page[^1].Place.Id : _last;
            _page = [.. page.Where(change => invalidator.ShardOf(change) == shard)];
        }

        var (done, failures) = await invalidator.InvalidateAsync(_page, [shard]);
        Replayed += done.Count;
        var doneIds = done.Select(change => change.Place.Id).ToHashSet();
        _page.RemoveAll(change => doneIds.Contains(change.Place.Id));
        if (failures.TryGetValue(shard, out var failure))
        {
            throw failure;
        }
    }
}
