namespace UserCache.ApiService.Invalidation;

/// <summary>
/// The changes that nobody has relayed yet, read so that it costs the same however many rows are dead, locked, or already seen to: only
/// those of transactions that were not committed the last time. Now and then all are looked at, for what others began and did not finish.
/// </summary>
internal sealed class PendingChanges(Outbox outbox, TimeProvider time)
{
    private static readonly TimeSpan AllInterval = TimeSpan.FromSeconds(5);

    private Horizon _seen = Horizon.None;
    private bool _isLeftOut;
    private (Horizon Until, OutboxPlace After)? _covered;
    private long _lookedAtAll = time.GetTimestamp();

    /// <summary>Leaves out changes of transactions that were committed by then: they are being seen to in another way.</summary>
    public void LeaveOut(Horizon until) => (_seen, _isLeftOut) = (until, true);

    /// <summary>Looks at all changes again.</summary>
    public void Forget() => (_seen, _isLeftOut, _covered) = (Horizon.None, false, null);

    /// <summary>Takes them for carried out; <see cref="MarkCoveredAsync"/> notes it of each.</summary>
    public void Cover(Horizon until) => (_seen, _isLeftOut, _covered) = (until, true, (until, default));

    /// <summary>Hands the changes over, some at a time. When that fails they come again.</summary>
    /// <param name="limit">How many at a time.</param>
    /// <param name="relay">Takes them; says whether to go on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether there are none left.</returns>
    public async Task<bool> RelayAsync(int limit, Func<IReadOnlyList<Change>, Task<bool>> relay, CancellationToken cancellationToken)
    {
        if (!_isLeftOut && time.GetElapsedTime(_lookedAtAll) >= AllInterval)
        {
            (_seen, _lookedAtAll) = (Horizon.None, time.GetTimestamp());
        }

        Horizon? first = null;
        OutboxPlace after = default;
        while (true)
        {
            var (changes, horizon) = await outbox.PendingAsync(_seen, after, limit, cancellationToken);
            first ??= horizon;
            if (changes.Count > 0 && !await relay(changes))
            {
                return false;
            }

            if (changes.Count < limit)
            {
                _seen = first;
                return true;
            }

            after = changes[^1].Place;
        }
    }

    /// <summary>Notes some of what is covered as relayed.</summary>
    /// <returns>For each of these changes, the time since it was made.</returns>
    public async Task<IEnumerable<TimeSpan>> MarkCoveredAsync(CancellationToken cancellationToken)
    {
        if (_covered is not { } covered)
        {
            return [];
        }

        var (last, lags) = await outbox.MarkRelayedAsync(covered.Until, covered.After, cancellationToken);
        _covered = last is null ? null : (covered.Until, last.Value);
        _isLeftOut = _covered is not null;
        return lags;
    }
}
