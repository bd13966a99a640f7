using System.Diagnostics;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>
/// Removes all keys that fit patterns, from some shards, some at a time: never all keys of a server, which others may share. Who runs it
/// again after a failure goes on where it was.
/// </summary>
/// <remarks>
/// Redis promises that a scan returns what is there from its beginning to its end. So the leases come first: what was read under one that
/// is gone is not stored any more, and what had been stored by then is there when the values are scanned.
/// </remarks>
public sealed class KeyRemoval
{
    private const int Page = 1_000;

    private readonly CacheStore _store;
    private readonly List<(RedisLink Link, IServer Primary, string Pattern)> _scans;
    private int _place;
    private long _cursor;

    /// <param name="shards">Whose keys.</param>
    /// <param name="store">Tells the copies near the readers.</param>
    /// <param name="patterns">In their order, as Redis' <c>SCAN</c> takes them.</param>
    /// <exception cref="RedisConnectionException">There is no connection to one of the primaries.</exception>
    internal KeyRemoval(IEnumerable<RedisShard> shards, CacheStore store, params IReadOnlyList<string> patterns)
    {
        _store = store;
        var primaries = shards.SelectMany(shard => shard.Link.Primaries().Select(primary => (shard.Link, primary))).ToList();
        _scans = [.. patterns.SelectMany(pattern => primaries.Select(one => (one.Link, one.primary, pattern)))];
    }

    /// <summary>How many keys were removed until now.</summary>
    public long Removed { get; private set; }

    /// <summary>Removes those that are left.</summary>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public Task RunAsync(CancellationToken cancellationToken) => AdvanceAsync(TimeSpan.MaxValue, cancellationToken);

    /// <summary>Removes some of those that are left.</summary>
    /// <param name="atMost">For how long.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether these were all.</returns>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<bool> AdvanceAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            for (; _place < _scans.Count; (_place, _cursor) = (_place + 1, 0))
            {
                if (!await ScanAsync(started, atMost, cancellationToken))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            await _store.ForgetCopiesAsync();
        }
    }

    private async Task<bool> ScanAsync(long started, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var (link, primary, pattern) = _scans[_place];
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            // By pages of all keys, few of which may fit: the client's own scan would not return before it has found one.
            var answer = (RedisResult[])(await link.ExecuteAsync(
                static (_, scan) => scan.primary.ExecuteAsync(
                    database: null, "SCAN", [scan.cursor, "MATCH", scan.pattern, "COUNT", Page], CommandFlags.NoRedirect),
                (primary, cursor: _cursor, pattern)))!;
            // Each by itself, for on a cluster each has a slot of its own.
            var removed = await link.ExecuteAsync(
                static (_, found) => Task.WhenAll(found.keys.Select(
                    key => found.primary.ExecuteAsync(database: null, "UNLINK", [key], CommandFlags.NoRedirect))),
                (primary, keys: (RedisKey[])answer[1]!));
            Removed += removed.Sum(count => (long)count);
            _cursor = (long)answer[0];
            if (_cursor != 0 && Stopwatch.GetElapsedTime(started) >= atMost)
            {
                return false;
            }
        }
        while (_cursor != 0);

        return true;
    }
}
