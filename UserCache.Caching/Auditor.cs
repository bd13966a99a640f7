using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace UserCache.Caching;

/// <summary>
/// Measures the freshness that the protocol promises: compares a sampled share of what is answered from the cache with the source, in the
/// background, one entry at a time, and only while the source is not busy. An entry that differs gets the time that the protocol
/// needs at most; one that is there even then, and still differs, is wrong: it is counted, reported and evicted.
/// </summary>
internal sealed partial class Auditor(
    CacheReader reader, CacheStore store, BoundedSource source, CacheMetrics metrics, CacheAsideOptions options, TimeSpan nearLife,
    TimeProvider time, ILogger<Auditor> logger) : BackgroundService
{
    // Changes are seen within 250 ms at the 99th percentile; what takes eight times as long is no hiccup.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private const int MaxWaiting = 256;

    private readonly double _rate = options.AuditRate;
    // A copy near the readers may be old for as long as it lives.
    private readonly TimeSpan _grace = Grace + nearLife;
    private readonly Channel<string> _waiting = Channel.CreateBounded<string>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>To be told of each answer from the cache; takes some of them for an audit, if not too many wait already.</summary>
    public void Sample(string key)
    {
        if (_rate > 0 && Random.Shared.NextDouble() < _rate)
        {
            _waiting.Writer.TryWrite(key);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var unrecorded = CacheTelemetry.StartUnrecorded();
        await foreach (var key in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await AuditAsync(key, stoppingToken);
            }
            // Redis or the source is away or busy: what could not be compared is not counted.
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                Log.NotAudited(logger, key, failure.Message);
            }
        }
    }

    private async Task AuditAsync(string key, CancellationToken cancellationToken)
    {
        // The source first: what is cached afterwards must not be older.
        var before = await LoadAsync(key, cancellationToken);
        if ((await reader.ReadAsync(key)).Entry is not { } entry)
        {
            return;
        }

        var isStale = !entry.Payload.IsSame(before) && await IsStillThereAsync(key, entry, before, cancellationToken);
        metrics.Audited(isStale);
        if (isStale)
        {
            Log.Stale(logger, key, entry.Payload.Version, before.Version);
            await store.EvictAsync(key);
        }
    }

    private async Task<bool> IsStillThereAsync(string key, CacheEntry seen, CachePayload before, CancellationToken cancellationToken)
    {
        await Task.Delay(_grace, time, cancellationToken);
        if ((await reader.ReadAsync(key)).Entry is not { } entry || entry.Header != seen.Header)
        {
            return false;
        }

        // Older than what was committed then; or other than what has not changed since. That there is no row has no version: it may have
        // been deleted since.
        return (entry.Payload.Exists && entry.Payload.Version < before.Version) || before.IsSame(await LoadAsync(key, cancellationToken));
    }

    private async Task<CachePayload> LoadAsync(string key, CancellationToken cancellationToken) =>
        (await source.LoadIfIdleAsync([key], cancellationToken)).Rows[0].Payload;

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 140, Level = LogLevel.Error,
            Message = "{Key} was cached at version {Cached} while the source had version {Version}, "
                + "for longer than a change takes to be seen; it is evicted.")]
        public static partial void Stale(ILogger logger, string key, long cached, long version);

        [LoggerMessage(EventId = 141, Level = LogLevel.Debug, Message = "{Key} could not be audited: {Reason}")]
        public static partial void NotAudited(ILogger logger, string key, string reason);
    }
}
