using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using UserCache.Caching;

namespace UserCache.ApiService.Console;

/// <summary>What one replica did lately, and what happened to it, oldest first. Times are Unix milliseconds.</summary>
internal sealed record ActivityResponse(
    string Replica, long Now, bool CatchingUp, string Reason, IReadOnlyList<ActivitySample> Samples, IReadOnlyList<ActivityEvent> Events)
{
    /// <summary>Whether the charting library was there when the service was built.</summary>
    public bool Charts { get; init; }

    public string? DashboardUrl { get; init; }
}

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
    private readonly Lock _recording = new();
    private readonly Queue<ActivitySample> _samples = [];
    private readonly Queue<ActivityEvent> _events = [];
    private long _generation;
    private bool _hasBegun;

    /// <param name="seconds">How far back.</param>
    public ActivityResponse Report(int seconds)
    {
        lock (_recording)
        {
            return new ActivityResponse(
                Replica, time.GetUtcNow().ToUnixTimeMilliseconds(), gates.IsCatchingUp, gates.Reason,
                [.. _samples.TakeLast(Math.Clamp(seconds, 1, Seconds))], [.. _events]);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Enabled)
        {
            return;
        }

        using var tally = new SecondTally(meters);
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Record(tally, time.GetUtcNow());
        }
    }

    private void Record(SecondTally tally, DateTimeOffset now)
    {
        lock (_recording)
        {
            var before = _samples.LastOrDefault();
            // Before the sample is taken: a sign that comes between the two is told with the next.
            var generation = gates.Generation;
            // Ticks come a little early or late: two in one second must not become one sample, which would hide the other.
            var sample = tally.Take(Math.Max(now.ToUnixTimeSeconds(), before?.T + 1 ?? 0));
            Note(before, sample, generation, now.ToUnixTimeMilliseconds());
            Enqueue(_samples, sample, Seconds);
        }
    }

    private void Note(ActivitySample? before, ActivitySample after, long generation, long now)
    {
        if (before is null)
        {
            Happened(now, "started", "The replica has started.");
        }

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
        if (wasOpen && (!after.GateOpen || wasShut))
        {
            Happened(now, "redis-away", $"Redis is not relied on: {gates.Reason}. Reads go to PostgreSQL.");
        }

        if (after.GateOpen && (!wasOpen || wasShut))
        {
            Happened(now, "redis-back", "Redis has caught up with PostgreSQL, and is relied on again.");
        }

        if (wasAvailable && !after.DatabaseAvailable)
        {
            Happened(now, "database-away", "PostgreSQL does not answer: what is cached is still served, other reads are answered 503.");
        }
        else if (after.DatabaseAvailable && !wasAvailable)
        {
            Happened(now, "database-back", "PostgreSQL answers.");
        }

        if (after.AuditStale > 0)
        {
            Happened(now, "audit",
                $"The audit found {after.AuditStale} cached value(s) that were wrong, and evicted them; the log says which.");
        }
    }

    private void Happened(long now, string kind, string text) => Enqueue(_events, new(now, kind, text), MaxEvents);

    private static void Enqueue<T>(Queue<T> queue, T item, int limit)
    {
        queue.Enqueue(item);
        while (queue.Count > limit)
        {
            queue.Dequeue();
        }
    }
}
