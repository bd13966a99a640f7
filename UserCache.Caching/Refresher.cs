using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace UserCache.Caching;

/// <summary>
/// Reads entries past their soft expiry anew, in the background, while they go on being served. Nobody waits for it, and it waits
/// for nobody: it is left out while the source is busy. A refresh that fails keeps its lease, so that the next is tried only when
/// that has expired.
/// </summary>
internal sealed partial class Refresher(CacheFiller filler, BoundedSource source, ILogger<Refresher> logger)
{
    private readonly ConcurrentDictionary<string, bool> _underWay = new(StringComparer.Ordinal);

    /// <summary>Starts to refresh those keys that this process is not refreshing already.</summary>
    public void Start(IEnumerable<(string Key, CacheEntry Seen)> entries)
    {
        // Before the lease is asked for: others would wait for it in vain.
        if (!source.IsIdle)
        {
            return;
        }

        var mine = entries.Where(entry => _underWay.TryAdd(entry.Key, value: true)).ToList();
        if (mine.Count > 0)
        {
            _ = RefreshAsync(mine);
        }
    }

    private async Task RefreshAsync(List<(string Key, CacheEntry Seen)> entries)
    {
        using var span = CacheTelemetry.StartRefresh([.. entries.Select(entry => entry.Key)]);
        try
        {
            var token = Guid.NewGuid().ToString("N");
            var answers = await Task.WhenAll(entries.Select(entry => filler.AcquireRefreshAsync(entry.Key, token, entry.Seen)));
            var leases = answers.OfType<CacheLease>().ToList();
            if (leases.Count > 0)
            {
                var read = await source.LoadIfIdleAsync([.. leases.Select(lease => lease.Key)], CancellationToken.None);
                await Task.WhenAll(leases.Zip(read.Rows, filler.FillAsync));
            }
        }
        // Whatever it is, the entry is served on.
        catch (Exception failure)
        {
            CacheTelemetry.Failed(span, failure);
            Log.NotRefreshed(logger, entries[0].Key, entries.Count - 1, failure.Message);
        }
        finally
        {
            entries.ForEach(entry => _underWay.TryRemove(entry.Key, out _));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 130, Level = LogLevel.Debug, Message = "{Key} and {More} more could not be refreshed: {Reason}")]
        public static partial void NotRefreshed(ILogger logger, string key, int more, string reason);
    }
}
