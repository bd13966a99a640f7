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
/// or replaced by one that has missed writes, even behind a proxy that has kept the connections. Who finds that tells the others.
/// </summary>
internal sealed class RedisIdentity
{
    private static readonly TimeSpan LeastLife = TimeSpan.FromMinutes(10);

    private readonly RedisShards _shards;
    private readonly string _keyPrefix;
    private readonly TimeSpan _life;
    private readonly string _replica = Guid.NewGuid().ToString("N");
    private readonly ConcurrentDictionary<EndPoint, Mark> _marks = new();
    private long _raised;

    public RedisIdentity(RedisShards shards, CacheRegistrations caches, IOptions<CacheOptions> options)
    {
        (_shards, _keyPrefix) = (shards, options.Value.KeyPrefix);
        // As long as any value lives: when the last of them is gone, another source may have the server. And longer than turns, or the
        // source's outages, are apart: a mark that has expired is taken for lost.
        _life = caches.LongestLife > LeastLife ? caches.LongestLife : LeastLife;
    }

    /// <summary>Asks a shard.</summary>
    /// <param name="shard">Which.</param>
    /// <param name="source">Tells the source that is cached from any other.</param>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<RedisServers> IdentifyAsync(RedisShard shard, string source)
    {
        // From before it is asked.
        var slotsMoved = shard.SlotsMoved;
        var answers = await Task.WhenAll(shard.Link.Primaries().Select(primary => IdentifyAsync(shard, primary, source)));
        return new RedisServers(
            answers.Select(answer => answer.Run).ToHashSet(),
            answers.Min(answer => answer.Uptime),
            slotsMoved,
            Array.TrueForAll(answers, answer => answer.SaysRun),
            Array.Find(answers, answer => answer.OtherOwner is not null).OtherOwner);
    }

    private async Task<(string Run, bool SaysRun, TimeSpan Uptime, string? OtherOwner)> IdentifyAsync(
        RedisShard shard, IServer primary, string source)
    {
        var connections = primary.GetCounters().Interactive.SocketCount;
        var said = await AskAsync(shard.Link, primary);
        var mark = _marks.GetOrAdd(primary.EndPoint, static _ => new Mark());
        var otherOwner = await RaiseAsync(shard, mark, source);
        var saysRun = said.TryGetValue("run_id", out var id);
        var run = saysRun
            ? $"{id} {said.GetValueOrDefault("master_replid")}"
            : string.Create(CultureInfo.InvariantCulture, $"{primary.EndPoint} {connections}");
        var uptime = long.TryParse(said.GetValueOrDefault("uptime_in_seconds"), CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : 0;
        return (string.Create(CultureInfo.InvariantCulture, $"{run} {mark.Losses}"), saysRun, TimeSpan.FromSeconds(uptime), otherOwner);
    }

    // Proxies and managed services may not let everyone ask.
    private static async Task<Dictionary<string, string>> AskAsync(RedisLink link, IServer primary)
    {
        try
        {
            var sections = await link.ExecuteAsync(
                static (_, primary) => Task.WhenAll(primary.InfoAsync("server"), primary.InfoAsync("replication")), primary);
            return sections.SelectMany(section => section).SelectMany(section => section).DistinctBy(field => field.Key).ToDictionary();
        }
        catch (RedisServerException)
        {
            return [];
        }
    }

    private async Task<string?> RaiseAsync(RedisShard shard, Mark mark, string source)
    {
        var raised = Interlocked.Increment(ref _raised);
        var tag = _shards.TagOf(shard, _keyPrefix);
        var answer = (RedisResult[])(await shard.Link.EvaluateAsync(
            Script.Mark,
            [$"{tag}:owner", $"{tag}:mark:{_replica}", $"{tag}:losses"],
            [source, raised, (long)_life.TotalMilliseconds, mark.Raised, mark.Losses]))!;
        if ((string?)answer[0] is { } owner && owner != source)
        {
            return owner;
        }

        // An answer may have been lost, so that the mark there is newer than we know.
        (mark.Raised, mark.Losses) = (raised, (long)answer[1]);
        return null;
    }

    /// <summary>What was written on one primary last. Only one turn at a time uses it.</summary>
    private sealed class Mark
    {
        public long Raised { get; set; }

        /// <summary>How often replicas have found that the primary had lost something.</summary>
        public long Losses { get; set; }
    }
}
