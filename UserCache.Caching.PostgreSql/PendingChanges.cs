namespace UserCache.Caching.PostgreSql;

/// <summary>
/// The changes that nobody has relayed yet, read so that it costs the same however many rows are dead, locked, or already seen to: only
/// those of transactions that were not committed the last time. Now and then all are looked at, for what others began and did not finish.
/// </summary>
internal sealed class PendingChanges(Outbox outbox, TimeProvider time)
{
    private static readonly TimeSpan AllInterval = TimeSpan.FromSeconds(5);

    private bool _hasUnmarked;
    private (Horizon Until, OutboxPlace After)? _covered;
    private long _lookedAtAll = time.GetTimestamp();

    /// <summary>Whether changes may stand there as pending that have been carried out.</summary>
    public bool HasUnmarked => _hasUnmarked || _covered is not null;

    /// <summary>To be told when changes are carried out in another way than by being handed over, or not yet.</summary>
    public void LeaveUnmarked() => _hasUnmarked = true;

    /// <summary>To be told up to when all changes have been carried out; <see cref="MarkCoveredAsync"/> notes it of each.</summary>
    public void Cover(Horizon until) =>
        (_covered, _hasUnmarked) = _hasUnmarked ? ((until, default), false) : (_covered, false);

    /// <summary>Forgets what has been carried out.</summary>
    public void Forget() => (_hasUnmarked, _covered) = (false, null);

    /// <summary>Hands the changes over, some at a time. When that fails they come again.</summary>
    /// <param name="seen">Only of transactions that were not committed by then.</param>
    /// <param name="limit">How many at a time.</param>
    /// <param name="relay">Takes them; says whether to go on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Up to when there are none left; <see langword="null"/> if it did not go on.</returns>
    public async Task<Horizon?> RelayAsync(
        Horizon seen, int limit, Func<IReadOnlyList<Change>, Task<bool>> relay, CancellationToken cancellationToken)
    {
        if (!HasUnmarked && time.GetElapsedTime(_lookedAtAll) >= AllInterval)
        {
            (seen, _lookedAtAll) = (Horizon.None, time.GetTimestamp());
        }

        Horizon? first = null;
        OutboxPlace after = default;
        while (true)
        {
            var (changes, horizon) = await outbox.PendingAsync(seen, after, limit, cancellationToken);
            first ??= horizon;
            if (changes.Count > 0 && !await relay(changes))
            {
                return null;
            }

            if (changes.Count < limit)
            {
                return first;
            }

            after = changes[^1].Place;
        }
    }

    /// <summary>Notes some of what is covered as relayed.</summary>
    /// <returns>For each of these changes, its cache and the time since it was made.</returns>
    public async Task<IEnumerable<Lag>> MarkCoveredAsync(CancellationToken cancellationToken)
    {
        if (_covered is not { } covered)
        {
            return [];
        }

        var (last, lags) = await outbox.MarkRelayedAsync(covered.Until, covered.After, cancellationToken);
        _covered = last is null ? null : (covered.Until, last.Value);
        return lags;
    }
}
