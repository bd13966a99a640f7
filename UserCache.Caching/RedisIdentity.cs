using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using UserCache.Caching.Scripts;

namespace UserCache.Caching;

/// <summary>
/// Finds out whether the primaries are those that have carried out all that they were told. Two signs, used together. What they say of
/// themselves: the run, and the replication id, which a promotion changes; where they do not say, each connection counts as another server.
/// And a mark of this replica's own on each, which is raised each time: missing or older than it was left, the server was emptied, restored
/// or replaced by one that has missed writes, even behind a proxy that has kept the connections.
/// </summary>
internal sealed class RedisIdentity
{
    private const int MaxTags = 100_000;

    private readonly RedisLink _redis;
    private readonly string _keyPrefix;
    private readonly TimeSpan _life;
    private readonly string _replica = Guid.NewGuid().ToString("N");
    private readonly ConcurrentDictionary<EndPoint, Mark> _marks = new();
    private long _raised;
    private long _slotsMoved;

    public RedisIdentity(RedisLink redis, IConnectionMultiplexer connection, IOptions<CacheOptions> options)
    {
        (_redis, _keyPrefix) = (redis, options.Value.KeyPrefix);
        // As long as any value lives: when the last of them is gone, another source may have the server.
        _life = options.Value.HardExpiry;
        connection.HashSlotMoved += (_, _) => Interlocked.Increment(ref _slotsMoved);
    }

    /// <summary>Asks every primary.</summary>
    /// <param name="source">Tells the source that is cached from any other.</param>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<RedisServers> IdentifyAsync(string source)
    {
        // From before they are asked.
        var slotsMoved = Interlocked.Read(ref _slotsMoved);
        var answers = await Task.WhenAll(_redis.ConnectedPrimaries().Where(HasSlots).Select(primary => IdentifyAsync(primary, source)));
        return new RedisServers(
            answers.Select(answer => answer.Run).ToHashSet(),
            answers.Min(answer => answer.Uptime),
            slotsMoved,
            Array.Find(answers, answer => answer.OtherOwner is not null).OtherOwner);
    }

    private async Task<(string Run, TimeSpan Uptime, string? OtherOwner)> IdentifyAsync(IServer primary, string source)
    {
        var connections = primary.GetCounters().Interactive.SocketCount;
        var said = await AskAsync(primary);
        var mark = _marks.GetOrAdd(primary.EndPoint, static _ => new Mark());
        var otherOwner = await RaiseAsync(primary, mark, source);
        var run = said.TryGetValue("run_id", out var id)
            ? $"{id} {said.GetValueOrDefault("master_replid")}"
            : string.Create(CultureInfo.InvariantCulture, $"{primary.EndPoint} {connections}");
        var uptime = long.TryParse(said.GetValueOrDefault("uptime_in_seconds"), CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : 0;
        return (string.Create(CultureInfo.InvariantCulture, $"{run} {mark.Losses}"), TimeSpan.FromSeconds(uptime), otherOwner);
    }

    // Proxies and managed services may not let everyone ask.
    private async Task<Dictionary<string, string>> AskAsync(IServer primary)
    {
        try
        {
            var sections = await _redis.ExecuteAsync(
                static (_, primary) => Task.WhenAll(primary.InfoAsync("server"), primary.InfoAsync("replication")), primary);
            return sections.SelectMany(section => section).SelectMany(section => section).DistinctBy(field => field.Key).ToDictionary();
        }
        catch (RedisServerException)
        {
            return [];
        }
    }

    private async Task<string?> RaiseAsync(IServer primary, Mark mark, string source)
    {
        var raised = Interlocked.Increment(ref _raised);
        var tag = TagOf(primary);
        var answer = (RedisResult[])(await _redis.ExecuteAsync(
            static (database, call) => database.ScriptEvaluateAsync(
                Script.Mark, call.keys, call.arguments, CommandFlags.DemandMaster),
            (keys: new RedisKey[] { $"{tag}:owner", $"{tag}:mark:{_replica}" },
                arguments: new RedisValue[] { source, raised, (long)_life.TotalMilliseconds })))!;
        if ((string?)answer[0] is { } owner && owner != source)
        {
            return owner;
        }

        // An answer may have been lost, so that it is newer than we know; the first time there is nothing to compare.
        if (mark.Raised > 0 && !((RedisValue)answer[1] is { IsNull: false } found && found.TryParse(out long left) && left >= mark.Raised))
        {
            mark.Losses++;
        }

        mark.Raised = raised;
        return null;
    }

    // A node that has just joined a cluster holds nothing.
    private static bool HasSlots(IServer primary) => primary.ClusterConfiguration is not { } cluster
        || cluster.Nodes.Any(node => node.Slots.Count > 0 && primary.EndPoint.Equals(node.EndPoint));

    // Of a slot that this primary has; the same for all replicas.
    private string TagOf(IServer primary)
    {
        for (var number = 0; ; number++)
        {
            var tag = $"{{{_keyPrefix}UserCache:{number}}}";
            if (primary.ClusterConfiguration is not { } cluster || number == MaxTags
                || cluster.GetBySlot(tag)?.EndPoint?.Equals(primary.EndPoint) == true)
            {
                return tag;
            }
        }
    }

    /// <summary>What was written on one primary last. Only one turn at a time uses it.</summary>
    private sealed class Mark
    {
        public long Raised { get; set; }

        public long Losses { get; set; }
    }
}
