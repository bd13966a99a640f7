using System.Net;

namespace UserCache.Caching;

/// <summary>
/// Says whether cached values are believed: all, or those of one shard. It shuts at the first sign that Redis may have missed an
/// invalidation: a lost or new connection, an open circuit breaker, changes that cannot be relayed. While it is shut, reads go to the
/// source. Whoever has made sure that Redis has caught up opens it; a sign that comes meanwhile wins.
/// </summary>
public sealed class CacheGate
{
    // No two periods of any two gates have the same: a pass is good at the gate that gave it, and at no other.
    private static long s_generations;

    private readonly Lock _writing = new();
    private string _reason = "it has not caught up since the replica started";
    private long _generation = Interlocked.Increment(ref s_generations);
    private long _openGeneration;
    private long _catchingUpGeneration;

    /// <param name="server">Whose keys it is for; <see langword="null"/> for all of them.</param>
    internal CacheGate(EndPoint? server = null) => Server = server;

    /// <summary>Grows each time the gate is shut, even when it was shut already.</summary>
    public long Generation => Volatile.Read(ref _generation);

    /// <summary>Whether cached values are believed.</summary>
    public bool IsOpen => Volatile.Read(ref _openGeneration) == Generation;

    /// <summary>Whether Redis has done all that was asked of it since the last sign: if the gate is shut, it will be opened soon.</summary>
    public bool IsCatchingUp => Volatile.Read(ref _catchingUpGeneration) == Generation;

    /// <summary>
    /// The sign that shut it when it was last open, if it ever was. Others may have followed, each time Redis is tried in vain.
    /// </summary>
    public string Reason => Server is null ? Volatile.Read(ref _reason) : $"at {Server} {Volatile.Read(ref _reason)}";

    internal EndPoint? Server { get; }

    /// <returns>Whether the gate is open; if so, what Redis answers is to be believed while <see cref="IsStill"/>.</returns>
    internal bool TryEnter(out long pass)
    {
        pass = Generation;
        return Volatile.Read(ref _openGeneration) == pass;
    }

    /// <summary>To be asked after Redis has answered: whether there has been no sign since the pass was given.</summary>
    internal bool IsStill(long pass) => Generation == pass;

    /// <summary>Shuts it, or keeps it from being opened by who began to before.</summary>
    /// <param name="reason">The sign, as part of a sentence.</param>
    /// <param name="isWhy">Whether it will keep the gate shut, so that it counts more than the one that shut it.</param>
    public void Shut(string reason, bool isWhy = false)
    {
        lock (_writing)
        {
            if (isWhy || IsOpen)
            {
                Volatile.Write(ref _reason, reason);
            }

            Volatile.Write(ref _generation, Interlocked.Increment(ref s_generations));
        }
    }

    /// <summary>To be called when Redis has done what was asked of it, and there has been no sign since that generation.</summary>
    /// <param name="generation">The gate's, from before Redis was asked.</param>
    public void NoteCatchingUp(long generation) => Volatile.Write(ref _catchingUpGeneration, generation);

    /// <summary>Opens the gate, unless there has been a sign since that generation.</summary>
    /// <param name="generation">The gate's, from before Redis was asked whether it has caught up.</param>
    /// <returns>Whether it is open.</returns>
    public bool TryOpen(long generation)
    {
        // Not between a sign's two steps, which would take the gate for shut and keep an old reason.
        lock (_writing)
        {
            Volatile.Write(ref _openGeneration, generation);
            return IsStill(generation);
        }
    }
}
