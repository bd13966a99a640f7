namespace UserCache.Caching;

/// <summary>What tells Redis' primaries, and what they hold, from others.</summary>
/// <param name="Runs">For each primary a name that it loses when it may have lost writes, by a restart, a failover, or a flush.</param>
/// <param name="Uptime">Of the one that was started last; zero if it does not say.</param>
/// <param name="SlotsMoved">How often a slot was found on another primary than before: what is scanned meanwhile may be missed.</param>
/// <param name="SayRun">Whether each says which run it is, so that another is noticed however little it has missed.</param>
/// <param name="OtherOwner">The identity of another source whose cache it holds; <see langword="null"/> if it is ours.</param>
public sealed record RedisServers(IReadOnlySet<string> Runs, TimeSpan Uptime, long SlotsMoved, bool SayRun, string? OtherOwner)
{
    /// <summary>Whether nothing has changed that would undo what was done to them.</summary>
    public bool IsSame(RedisServers other) => Runs.SetEquals(other.Runs) && SlotsMoved == other.SlotsMoved;
}
