using System.Collections.Concurrent;

namespace UserCache.Tests.Chaos;

/// <summary>Breaks the servers as planned, undoes it, and writes down when.</summary>
internal sealed class FaultInjector(Topology servers)
{
    private const string Snapshot = "dump.rdb";

    // There and back, still far from what the service takes for a Redis or a PostgreSQL that hangs.
    private static readonly TimeSpan LongestRedisDelay = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan LongestDatabaseDelay = TimeSpan.FromMilliseconds(120);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly ConcurrentQueue<Fault> _done = new();
    private readonly ConcurrentQueue<Span> _swaps = new();
    private readonly ConcurrentDictionary<PlannedFault, bool> _current = new();

    /// <summary>Faults that took place.</summary>
    public IReadOnlyCollection<Fault> Done => _done;

    /// <summary>See <see cref="History.Swaps"/>.</summary>
    public IReadOnlyCollection<Span> Swaps => _swaps;

    /// <summary>What is broken at the moment.</summary>
    public IEnumerable<PlannedFault> Current => _current.Keys;

    public async Task RunAsync(Step step)
    {
        await Task.WhenAll(InjectAsync(step.First), step.Second is null ? Task.CompletedTask : LaterAsync(step.SecondAfter, step.Second));
        await Task.Delay(step.Calm);
    }

    private async Task LaterAsync(TimeSpan delay, PlannedFault fault)
    {
        await Task.Delay(delay);
        await InjectAsync(fault);
    }

    private async Task InjectAsync(PlannedFault fault)
    {
        _current[fault] = true;
        var begin = Stopwatch.GetTimestamp();
        await BreakAsync(fault);
        _done.Enqueue(new Fault(fault.Kind, fault.Replica, begin, Stopwatch.GetTimestamp()));
        _current.TryRemove(fault, out _);
    }

    private Task BreakAsync(PlannedFault fault) => fault.Kind switch
    {
        FaultKind.RedisKilled => DuringAsync(servers.Primary.KillAsync, fault.Duration, StartRedisEmptyAsync),
        FaultKind.RedisPaused => DuringAsync(servers.Primary.Pause, fault.Duration, servers.Primary.Resume),
        FaultKind.RedisRestarted => RestartRedisAsync(fault.Duration),
        FaultKind.RedisFull => DuringAsync(FillRedisAsync, fault.Duration, WidenRedisAsync),
        FaultKind.RedisFailover => FailOverAsync(silence: TimeSpan.Zero),
        FaultKind.RedisStaleFailover => FailOverAsync(silence: fault.Duration),
        FaultKind.RedisSwapped => SwapAsync(silence: fault.Duration),
        FaultKind.RedisSwappedForEmpty => SwapForEmptyAsync(),
        FaultKind.LinkCut => DuringAsync(servers.Links[fault.Replica].Cut, fault.Duration, servers.Links[fault.Replica].Mend),
        FaultKind.LinkHeld => DuringAsync(
            () => servers.Links[fault.Replica].Hold(Direction.Both), fault.Duration, servers.Links[fault.Replica].Release),
        FaultKind.PostgresPaused => DuringAsync(servers.Postgres.Pause, fault.Duration, servers.Postgres.Resume),
        FaultKind.PostgresRestarted => DuringAsync(servers.Postgres.StopAsync, fault.Duration, servers.Postgres.StartAsync),
        FaultKind.PostgresKilled => DuringAsync(servers.Postgres.KillAsync, fault.Duration, StartKilledPostgresAsync),
        FaultKind.ApiKilled => KillApiAsync(servers.Replicas[fault.Replica], fault.Duration),
        FaultKind.LinkSlow => SlowAsync(servers.Links[fault.Replica], LongestRedisDelay, fault.Duration),
        FaultKind.DatabaseLinkSlow => SlowAsync(servers.DatabaseLinks[fault.Replica], LongestDatabaseDelay, fault.Duration),
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault.Kind, null),
    };

    private static async Task DuringAsync(Action start, TimeSpan duration, Action end)
    {
        start();
        await Task.Delay(duration);
        end();
    }

    private static async Task DuringAsync(Func<Task> start, TimeSpan duration, Func<Task> end)
    {
        await start();
        await Task.Delay(duration);
        await end();
    }

    // Again and again, as long as it fails with this.
    private static async Task RetryAsync<T>(Func<Task> act, string refusal)
        where T : Exception => await Eventually.GetAsync(
        async () =>
        {
            try
            {
                await act();
                return null;
            }
            catch (T failure) when (failure.Message.Contains(refusal, StringComparison.Ordinal))
            {
                return failure.Message;
            }
        },
        failure => failure is null,
        Limit);

    private static Task SlowAsync(TcpProxy link, TimeSpan longestDelay, TimeSpan duration) =>
        DuringAsync(() => link.Slow(longestDelay), duration, () => link.Slow(TimeSpan.Zero));

    private async Task StartRedisEmptyAsync()
    {
        // Left there when it followed another, or was restarted with it.
        File.Delete(Path.Combine(servers.Primary.Folder, Snapshot));
        await servers.Primary.StartAsync();
    }

    private async Task RestartRedisAsync(TimeSpan age)
    {
        // It is refused while Redis writes a snapshot for its standby.
        await RetryAsync<RedisServerException>(() => servers.Primary.CommandAsync("SAVE"), "in progress");
        await Task.Delay(age);
        await servers.Primary.StopAsync();
        await servers.Primary.StartAsync();
    }

    private Task FillRedisAsync() =>
        servers.Primary.CommandAsync("CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "noeviction");

    private Task WidenRedisAsync() => servers.Primary.CommandAsync("CONFIG", "SET", "maxmemory", "0");

    private async Task FailOverAsync(TimeSpan silence)
    {
        await servers.Standby.FollowAsync(servers.Primary);
        if (silence > TimeSpan.Zero)
        {
            await servers.Standby.PromoteAsync();
            await Task.Delay(silence);
        }

        await servers.Primary.KillAsync();
        await servers.PromoteStandbyAsync();
        await servers.Standby.StartAsync();
        await servers.Standby.FollowAsync(servers.Primary);
    }

    // Of a Redis that nobody relies on nobody can miss anything.
    private async Task SwapAsync(TimeSpan silence)
    {
        await servers.BecomeHealthyAsync();
        await servers.Standby.FollowAsync(servers.Primary);
        var lostFrom = Stopwatch.GetTimestamp();
        await servers.Primary.BeCopiedAsync();
        await servers.Standby.PromoteAsync();
        await Task.Delay(silence);
        await SwapAsync(lostFrom);
    }

    private async Task SwapForEmptyAsync()
    {
        await servers.BecomeHealthyAsync();
        await servers.Standby.PromoteAsync();
        await servers.Standby.CommandAsync("FLUSHALL");
        await servers.Standby.CommandAsync("SCRIPT", "FLUSH");
        await SwapAsync(lostFrom: Stopwatch.GetTimestamp());
    }

    private async Task SwapAsync(long lostFrom)
    {
        await servers.SwapAsync();
        _swaps.Enqueue(new Span(lostFrom, Stopwatch.GetTimestamp()));
        await servers.Standby.FollowAsync(servers.Primary);
    }

    // It does not start while a process of its former self has its memory, and those may end a while after their parent.
    private Task StartKilledPostgresAsync() => RetryAsync<InvalidOperationException>(servers.Postgres.StartAsync, "still in use");

    private static async Task KillApiAsync(ApiServer replica, TimeSpan duration)
    {
        await DuringAsync(replica.KillAsync, duration, replica.StartAsync);
        await Health.WaitAsync(replica.Url);
    }
}
