using System.Net;

namespace UserCache.Caching;

/// <summary>One primary of a Redis Cluster with the keys of its slots; or Redis with all keys, where it is no cluster.</summary>
public sealed class RedisShard
{
    private long _slotsMoved;

    internal RedisShard(RedisLink link, CacheGate gate, bool isSuccessor) => (Link, Gate, IsSuccessor) = (link, gate, isSuccessor);

    /// <summary>Says whether its values are believed.</summary>
    public CacheGate Gate { get; }

    /// <summary>Whether it has taken over keys that another had: it may never have heard of writers that are active.</summary>
    public bool IsSuccessor { get; }

    /// <summary>How often slots have come or gone: what is scanned meanwhile may be missed.</summary>
    internal long SlotsMoved => Volatile.Read(ref _slotsMoved);

    internal RedisLink Link { get; }

    internal EndPoint? Server => Gate.Server;

    internal void Deconstruct(out RedisLink link, out CacheGate gate) => (link, gate) = (Link, Gate);

    internal void NoteSlotsMoved()
    {
        Interlocked.Increment(ref _slotsMoved);
        Gate.Shut("a slot has moved to another server");
    }
}
