using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Options;
using UserCache.Caching;

namespace UserCache.ApiService.Console;

/// <summary>Keeps the last minutes of this replica, second by second, and what happened: whoever opens the console after an outage can still see it.</summary>
internal sealed class Recorder(IMeterFactory meters, CacheGate gate, TimeProvider time) : IDisposable
{
    /// <summary>How many seconds are kept.</summary>
    public const int Seconds = 300;

    private const int MaxEvents = 100;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(15);
    private static readonly string Replica = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}");
    private static readonly string[] BreakerStates = ["closed", "open", "half-open"];

    private readonly long _started = time.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly Lock _recording = new();
    private readonly SecondTally _tally = new(meters);
    private readonly Queue<ActivitySample> _samples = new(Seconds);
    private readonly Queue<ActivityEvent> _events = new(MaxEvents);
    private long _generation;
    private long _gateSince;
    private long _databaseSince;
    private bool _hasBegun;

    /// <summary>To be called once a second.</summary>
    public void Record()
    {
        var now = time.GetUtcNow();
        lock (_recording)
        {
            var before = _samples.LastOrDefault();
            // Before the sample is taken: a sign that comes between the two is told with the next.
            var generation = gate.Generation;
            // Ticks come a little early or late: two in one second must not become one sample, which would hide the other.
            var sample = _tally.Take(Math.Max(now.ToUnixTimeSeconds(), before?.T + 1 ?? 0));
            Note(before, sample, generation, now.ToUnixTimeMilliseconds());
            Enqueue(_samples, sample, Seconds);
        }
    }

    /// <param name="seconds">How far back.</param>
    public ActivityResponse Report(int seconds)
    {
        lock (_recording)
        {
            var last = _samples.LastOrDefault();
            return new ActivityResponse(
                Replica,
                time.GetUtcNow().ToUnixTimeMilliseconds(),
                new GateState(last?.GateOpen ?? false, gate.IsCatchingUp, gate.Reason, _gateSince),
                BreakerStates[last?.Breaker ?? 0],
                new DatabaseState(last?.DatabaseAvailable ?? false, _databaseSince),
                last?.OutboxDepth,
                [.. _samples.TakeLast(Math.Clamp(seconds, 1, Seconds))],
                [.. _events]);
        }
    }

    public void Dispose() => _tally.Dispose();

    private void Note(ActivitySample? before, ActivitySample after, long generation, long now)
    {
        if (before is null)
        {
            Happened(now, "started", "The replica has started.");
            before = after;
        }

        if (!_hasBegun)
        {
            // At its start a replica has to wait for both: that is no outage, unless it goes on.
            _hasBegun = after is { GateOpen: true, DatabaseAvailable: true } || now - _started > StartLimit.TotalMilliseconds;
            (_gateSince, _databaseSince, _generation) = (now, now, generation);
            before = _hasBegun ? after with { GateOpen = true, DatabaseAvailable = true } : after;
        }

        NoteGate(before.GateOpen, after.GateOpen, generation != _generation, now);
        NoteDatabase(before.DatabaseAvailable, after.DatabaseAvailable, now);
        if (after.AuditStale > 0)
        {
            Happened(now, "audit", $"The audit found {after.AuditStale} cached value(s) that differed from the database, and evicted them; the log says which.");
        }

        _generation = generation;
    }

    private void NoteGate(bool wasOpen, bool isOpen, bool wasShut, long now)
    {
        if (wasOpen && (!isOpen || wasShut))
        {
            Happened(now, "redis-away", $"Redis is not relied on: {gate.Reason}. Reads go to PostgreSQL.");
        }

        if (isOpen && (!wasOpen || wasShut))
        {
            Happened(now, "redis-back", "Redis has caught up with PostgreSQL, and is relied on again.");
        }

        if (wasOpen != isOpen)
        {
            _gateSince = now;
        }
    }

    private void NoteDatabase(bool wasAvailable, bool isAvailable, long now)
    {
        if (wasAvailable == isAvailable)
        {
            return;
        }

        _databaseSince = now;
        if (isAvailable)
        {
            Happened(now, "database-back", "PostgreSQL answers.");
        }
        else
        {
            Happened(now, "database-away", "PostgreSQL does not answer: what is cached is still served, other reads are answered 503.");
        }
    }

    private void Happened(long now, string kind, string text) => Enqueue(_events, new ActivityEvent(now, kind, text), MaxEvents);

    private static void Enqueue<T>(Queue<T> queue, T item, int limit)
    {
        if (queue.Count == limit)
        {
            queue.Dequeue();
        }

        queue.Enqueue(item);
    }
}

/// <summary>Lets the recorder record, where the console is on.</summary>
internal sealed class RecorderService(IServiceProvider services, IOptions<ConsoleOptions> options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Enabled)
        {
            return;
        }

        var recorder = services.GetRequiredService<Recorder>();
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            recorder.Record();
        }
    }
}
