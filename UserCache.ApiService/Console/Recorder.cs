using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using UserCache.Caching;

namespace UserCache.ApiService.Console;

/// <summary>What one replica did lately with one of its caches, and what happened to it, oldest first. Times: Unix milliseconds.</summary>
internal sealed record ActivityResponse(
    string Replica, string? DashboardUrl, long Now, bool CatchingUp, string Reason, string Cache, IReadOnlyList<string> Caches,
    IReadOnlyList<ActivitySample> Samples, IReadOnlyList<ActivityEvent> Events);

/// <summary>One second of one cache; see <see cref="Second"/>.</summary>
internal sealed record ActivitySample(long T, bool GateOpen, int Breaker, long? OutboxDepth, CacheCounts Counts);

/// <summary>Something that happened.</summary>
internal sealed record ActivityEvent(long T, string Kind, string Text);

/// <summary>Keeps the last minutes of this replica, second by second, and what happened: to be seen after an outage too.</summary>
internal sealed class Recorder(IMeterFactory meters, CacheGates gates, IOptions<ConsoleOptions> options, TimeProvider time)
    : BackgroundService
{
    /// <summary>How many seconds are kept.</summary>
    public const int Seconds = 300;

    private const int MaxEvents = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(15);
    private static readonly string Replica = FormattableString.Invariant($"{Environment.MachineName}-{Environment.ProcessId}");

    private readonly long _started = time.GetUtcNow().ToUnixTimeMilliseconds();
    // From the first moment on, or it would not know of a cache until that is used.
    private readonly SecondTally? _tally = options.Value.Enabled ? new(meters) : null;
    private readonly Lock _recording = new();
    private readonly Queue<Second> _seconds = [];
    private readonly Queue<ActivityEvent> _events = [];
    private long _generation;
    private bool _hasBegun;

    /// <param name="cache">Its name; the first one's, if it is null. One that this replica has not heard of has not been used here.</param>
    /// <param name="seconds">How far back.</param>
    public ActivityResponse Report(string? cache, long seconds)
    {
        lock (_recording)
        {
            var caches = _seconds.LastOrDefault()?.Caches.Keys.ToArray() ?? [];
            var name = cache ?? caches.FirstOrDefault("");
            return new ActivityResponse(
                Replica, options.Value.DashboardUrl?.TrimEnd('/'), time.GetUtcNow().ToUnixTimeMilliseconds(),
                gates.IsCatchingUp, gates.Reason, name, caches,
                [.. _seconds.TakeLast((int)Math.Clamp(seconds, 1, Seconds)).Select(Sample)], [.. _events]);

            ActivitySample Sample(Second of) =>
                new(of.T, of.GateOpen, of.Breaker, of.OutboxDepth, of.Caches.GetValueOrDefault(name) ?? new CacheCounts());
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var tally = _tally;
        using var timer = new PeriodicTimer(Interval, time);
        while (tally is not null && await timer.WaitForNextTickAsync(stoppingToken))
        {
            Record(tally, time.GetUtcNow());
        }
    }

    private void Record(SecondTally tally, DateTimeOffset now)
    {
        lock (_recording)
        {
            var before = _seconds.LastOrDefault();
            // Before the sample is taken: a sign that comes between the two is told with the next.
            var generation = gates.Generation;
            // Ticks come a little early or late: two in one second must not become one sample, which would hide the other.
            var second = tally.Take(Math.Max(now.ToUnixTimeSeconds(), before?.T + 1 ?? 0));
            Note(before, second, generation, now.ToUnixTimeMilliseconds());
            Enqueue(_seconds, second, Seconds);
        }
    }

    private void Note(Second? before, Second after, long generation, long now)
    {
        var (wasOpen, wasAvailable) = (before?.GateOpen ?? false, before?.DatabaseAvailable ?? false);
        if (!_hasBegun)
        {
            // At its start a replica has to wait for both: that is no outage, unless it goes on.
            _hasBegun = after is { GateOpen: true, DatabaseAvailable: true } || now - _started > StartLimit.TotalMilliseconds;
            (wasOpen, wasAvailable) = _hasBegun ? (true, true) : (after.GateOpen, after.DatabaseAvailable);
            _generation = generation;
        }

        var wasShut = generation != _generation;
        _generation = generation;
        NoteIf(before is null, "started", "The replica has started.");
        NoteIf(wasOpen && (!after.GateOpen || wasShut), "redis-away", $"Redis is not relied on: {gates.Reason}. Reads go to PostgreSQL.");
        NoteIf(after.GateOpen && (!wasOpen || wasShut), "redis-back", "Redis has caught up with PostgreSQL, and is relied on again.");
        NoteIf(wasAvailable && !after.DatabaseAvailable,
            "database-away", "PostgreSQL does not answer: what is cached is still served, other reads are answered 503.");
        NoteIf(after.DatabaseAvailable && !wasAvailable, "database-back", "PostgreSQL answers.");
        foreach (var (name, counts) in after.Caches)
        {
            var text = $"The audit of {name} found {counts.AuditStale} wrong value(s), and evicted them; the log says which.";
            NoteIf(counts.AuditStale > 0, "audit", text);
        }

        void NoteIf(bool happened, string kind, string text)
        {
            if (happened)
            {
                Enqueue(_events, new(now, kind, text), MaxEvents);
            }
        }
    }

    private static void Enqueue<T>(Queue<T> queue, T item, int limit)
    {
        queue.Enqueue(item);
        while (queue.Count > limit)
        {
            queue.Dequeue();
        }
    }
}
