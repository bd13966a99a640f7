using System.Net;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>
/// Knows which shard has a key. Each has a gate and a circuit breaker of its own, so that one that is gone or hangs costs the others
/// nothing. On a cluster the client's own routing is not used: it may ask a node that was never compared with the source, before anyone
/// hears that the slot has moved.
/// </summary>
internal sealed class RedisShards
{
    // While a shard is away, its successor may come at any time, and nobody tells.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // Of a cluster's slots each shard has a good part.
    private const int MaxKeysTried = 100_000;

    private readonly IConnectionMultiplexer _redis;
    private readonly CacheGates _gates;
    private readonly LostConnection _lost;
    private readonly TimeProvider _time;
    private readonly RedisShard[] _onlyWhole;
    // Has the slots that no node claims; it never answers.
    private readonly RedisShard _nobody;
    private volatile Cluster? _cluster;
    private volatile bool _isStale;
    private HashSet<ClusterConfiguration> _views = [];
    private long _looked;

    public RedisShards(
        IConnectionMultiplexer redis, CacheGates gates, LostConnection lost, EngineMetrics metrics, TimeProvider time)
    {
        (_redis, _gates, _lost, _time) = (redis, gates, lost, time);
        Whole = new RedisShard(NewLink(gates.Whole, endPoint: null), gates.Whole, isSuccessor: false);
        _onlyWhole = [Whole];
        _nobody = NewShard(new NoServer(), isSuccessor: false);
        GateTunnel.Listen(redis, gates);
        redis.HashSlotMoved += (_, _) => NoteMoved();
        // A replica to which there was a connection already may have become the primary.
        RedisPrimaries.OnChange(redis, NoteRoles);
        metrics.Observe(() => All.Max(shard => shard.Link.BreakerState), gates);
    }

    /// <summary>Whether there may be more than one, so that no command can name keys of several slots.</summary>
    public bool IsCluster => _cluster is not null;

    /// <summary>The one of all keys, where Redis is no cluster. Of a cluster nothing is believed that comes by this way.</summary>
    public RedisShard Whole { get; }

    /// <summary>All that have keys.</summary>
    public IReadOnlyList<RedisShard> All => _cluster?.All ?? _onlyWhole;

    /// <summary>The one that has a key.</summary>
    public RedisShard Of(string key) =>
        _cluster is not { } cluster ? Whole
        : _redis.HashSlot(key) is >= 0 and var slot ? cluster.BySlot[slot]
        : _nobody;

    /// <summary>The first of some numbered keys that a shard has; any, if it has none.</summary>
    /// <param name="shard">Which.</param>
    /// <param name="key">The key of a number, from zero.</param>
    public string FirstOf(RedisShard shard, Func<int, string> key)
    {
        var number = 0;
        while (number < MaxKeysTried && Of(key(number)) != shard)
        {
            number++;
        }

        return key(number);
    }

    /// <summary>What the keys of a shard's own begin with, which are no entries: a hash tag that it has, the same for all replicas.</summary>
    /// <param name="shard">Which.</param>
    /// <param name="keyPrefix">Of all keys.</param>
    public string TagOf(RedisShard shard, string keyPrefix) => FirstOf(shard, number => $"{{{keyPrefix}UserCache:{number}}}");

    /// <summary>Has the next look ask the nodes again.</summary>
    public void NoteMoved() => _isStale = true;

    /// <summary>Looks which shards there are. To be called again and again, by one at a time.</summary>
    public async Task LookAsync()
    {
        var nodes = _redis.GetServers().Where(server => server is { IsConnected: true, ClusterConfiguration: not null }).ToList();
        // Until the client has got to know all nodes, it does not know of slots.
        if (nodes.Count > 0 && _redis.HashSlot("any") < 0)
        {
            Whole.Gate.Shut("its cluster is not known yet");
            return;
        }

        if (nodes.Count == 0)
        {
            // Without any connection it is as it was.
            if (IsCluster && _redis.IsConnected)
            {
                Be(null);
            }

            return;
        }

        if (_isStale || (!_gates.IsOpen && _time.GetElapsedTime(_looked) >= Interval))
        {
            (_isStale, _looked) = (false, _time.GetTimestamp());
            await Task.WhenAll(nodes.Select(AskAsync));
        }

        var views = nodes.Select(node => node.ClusterConfiguration!).ToHashSet();
        if (!views.SetEquals(_views))
        {
            _views = views;
            Be(ClusterSlots.OwnersIn(views));
        }
    }

    // The client keeps the answer.
    private static async Task AskAsync(IServer node)
    {
        try
        {
            await node.ClusterNodesAsync();
        }
        // The client cancels what it could not send.
        catch (Exception failure) when (RedisFailure.Is(failure) || failure is OperationCanceledException)
        {
            // The others know.
        }
    }

    private void Be(EndPoint?[]? claimed)
    {
        var before = _cluster;
        // Of a slot whose primary is lost nobody speaks any more: it is still that one's, until another has it.
        var owners = claimed?.Select((server, slot) => server ?? before?.BySlot[slot].Server ?? _nobody.Server!).ToArray();
        var known = (before?.All ?? []).Append(_nobody).DistinctBy(shard => shard.Server).ToDictionary(shard => shard.Server!);
        var shards = (owners ?? []).Distinct()
            .ToDictionary(server => server, server => known.GetValueOrDefault(server) ?? NewShard(server, isSuccessor: before is not null));
        var bySlot = owners?.Select(server => shards[server]).ToArray();
        var after = bySlot is null ? null : new Cluster(bySlot, [.. shards.Values]);
        // All of them first: who finds a key's new shard must not find a gate that was open for others.
        foreach (var shard in (bySlot ?? []).Zip(before?.BySlot ?? []).Where(slot => slot.First != slot.Second)
            .SelectMany(slot => new[] { slot.First, slot.Second }).Distinct())
        {
            shard.NoteSlotsMoved();
        }

        _gates.Be([.. (after?.All ?? _onlyWhole).Select(shard => shard.Gate)]);
        _cluster = after;
    }

    private void NoteRoles(IReadOnlyCollection<IServer> primaries)
    {
        NoteMoved();
        foreach (var shard in All)
        {
            if (shard.Server is null || !primaries.Any(primary => primary.EndPoint.Equals(shard.Server)))
            {
                shard.Gate.Shut("the servers' roles have changed");
            }
        }
    }

    private RedisShard NewShard(EndPoint server, bool isSuccessor)
    {
        var gate = new CacheGate(server);
        return new RedisShard(NewLink(gate, server), gate, isSuccessor);
    }

    private RedisLink NewLink(CacheGate gate, EndPoint? endPoint) => new(_redis, endPoint, gate, _lost, NoteMoved, _time);

    private sealed record Cluster(RedisShard[] BySlot, RedisShard[] All);

    private sealed class NoServer : EndPoint
    {
        public override string ToString() => "(unknown)";
    }
}
