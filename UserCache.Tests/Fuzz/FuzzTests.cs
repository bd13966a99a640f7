using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Xunit.Abstractions;

namespace UserCache.Tests.Fuzz;

/// <summary>
/// Whatever anyone writes into Redis under the cache's keys, and whatever strangers send, broken, slow or beside the point: it is never
/// served, no call fails for it, and nothing is left of it. FUZZ_SECONDS=60 goes on for longer.
/// </summary>
[Collection(OperationsGroup.Name)]
[Trait("Run", "fuzz")]
public sealed class FuzzTests(App app, ITestOutputHelper output)
{
    private const int Users = 40;
    private const int Donors = 5;
    private const int StrangersUsers = 30;
    private const int Readers = 8;
    private const int Strangers = 5;
    private const int Shown = 10;
    private const double LeastHitShare = 0.1;
    // On a busy machine Redis may not be fast enough now and then.
    private const double MostPendingShare = 0.25;
    private const long MostMemory = 400 * 1024 * 1024;

    private static readonly TimeSpan PlantInterval = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan WriteInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ReadInterval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan CallInterval = TimeSpan.FromMilliseconds(1);

    private static readonly (string Key, string Value)[] Settings =
    [
        // A lease that may be real is waited for, so that it had better not be long.
        ("Cache:LoadTimeout", "00:00:02"),
        // Nor should whoever falls silent.
        ("Kestrel:Limits:RequestHeadersTimeout", "00:00:02"), ("Kestrel:Limits:KeepAliveTimeout", "00:00:05"),
        ("Kestrel:Limits:MinRequestBodyDataRate:BytesPerSecond", "240"),
        ("Kestrel:Limits:MinRequestBodyDataRate:GracePeriod", "00:00:02"),
        ("Console:Enabled", "true"), ("Docs:Enabled", "true"), ("AllowedHosts", "localhost;127.0.0.1;[::1]"),
    ];

    private readonly ConcurrentQueue<string> _wrong = new();
    private FuzzSettings _settings = null!;
    private Fleet _fleet = null!;
    private long _planted;
    private long _started;

    [Fact]
    public Task Nonsense_that_is_the_same_every_time_is_never_served_fails_no_call_and_heals() => RunAsync(FuzzSettings.Fixed);

    [Fact]
    public Task Nonsense_made_at_random_is_never_served_fails_no_call_and_heals() => RunAsync(FuzzSettings.FromEnvironment());

    private async Task RunAsync(FuzzSettings settings)
    {
        _settings = settings;
        output.WriteLine($"To repeat this run: {settings.Command}");
        // One whose memory can be told from the tests' own, and one whose log can be read.
        await using var fleet = _fleet = await Fleet.StartAsync(app, replicas: 2, processes: 1, Settings);
        KnownUser[] users = [.. (await fleet.AddUsersAsync(Users)).Select(id => new KnownUser(id, version: 1))];
        var traffic = new UserTraffic(fleet.Replicas, users);
        await Task.WhenAll(users.Select(traffic.WriteAsync));
        var others = await fleet.AddUsersAsync(StrangersUsers);
        await fleet.Database.ExecuteAsync($"UPDATE users SET username = 'odd-' || id || '-' WHERE id >= {others[0]}");
        var unknown = others[^1] + 1_000;
        await fleet.Replicas[1].Users.GetAsync(unknown);
        Stranger[] strangers = [.. Enumerable.Range(0, Strangers).Select(stranger => NewStranger(stranger, users, others))];

        _started = Stopwatch.GetTimestamp();
        await Task.WhenAll(
        [
            Task.Run(() => PlantAsync(users, [.. users[..Donors].Select(user => user.Key), $"USER::{unknown}"])),
            .. Run(UserTraffic.Writers, WriteInterval, traffic.WriteAsync),
            .. Run(Readers, ReadInterval, (_, random) => traffic.ReadAsync(random)),
            .. Run(Strangers, CallInterval, (stranger, _) => strangers[stranger].CallAsync()),
        ]);

        output.WriteLine(
            $"{_planted} pieces of garbage, {strangers.Sum(stranger => stranger.Answers)} answers to strangers, {traffic.Reads} reads, "
            + $"{traffic.Hits} hits, {traffic.Writes} writes, {traffic.Pending} of them pending.");
        AssertNothingIsWrong();
        Assert.True(traffic.Hits > LeastHitShare * traffic.Reads, $"Only {traffic.Hits} of {traffic.Reads} reads hit the cache.");
        Assert.True(
            traffic.Pending < MostPendingShare * traffic.Writes, $"{traffic.Pending} of {traffic.Writes} writes did not reach Redis.");
        await AssertHealedAsync(users, traffic);
        await AssertCalmAsync();
    }

    private Stranger NewStranger(int stranger, KnownUser[] users, long[] others)
    {
        var random = new Random(_settings.Seed ^ (stranger << 16));
        var text = new OddText(random);
        var prefixes = users.ToDictionary(user => user.Id, user => user.Prefix);
        foreach (var other in others)
        {
            prefixes.Add(other, OddTargets.Username(other));
        }

        return new Stranger(
            random,
            new OddRequests(text, new OddTargets(text, [.. users.Select(user => user.Id)], others)),
            [.. _fleet.Replicas.Select(replica => replica.Url)],
            new AnswerRules(prefixes));
    }

    private Task PlantAsync(KnownUser[] users, string[] donors)
    {
        var planter = new Planter(_fleet.Cache, new Random(_settings.Seed), [.. users[Donors..].Select(user => user.Key)], donors);
        return EveryAsync(PlantInterval, async () =>
        {
            await planter.PlantAsync();
            _planted++;
        });
    }

    // Some clients at once, each with numbers of its own.
    private IEnumerable<Task> Run(int clients, TimeSpan interval, Func<int, Random, Task<string?>> call) =>
        Enumerable.Range(0, clients).Select(client => Task.Run(() =>
        {
            var random = new Random(_settings.Seed + client);
            return EveryAsync(interval, async () => Note(await call(client, random)));
        }));

    // As it is, and once more after each key was written and filled: by then nothing is left of what was planted.
    private async Task AssertHealedAsync(KnownUser[] users, UserTraffic traffic)
    {
        foreach (var isWritten in new[] { false, true })
        {
            foreach (var user in users)
            {
                if (isWritten)
                {
                    Note(await traffic.WriteAsync(user));
                }

                foreach (var replica in _fleet.Replicas)
                {
                    Note(user.Wrong((await replica.Users.GetHitAsync(user.Id)).Data, user.Acknowledged));
                }
            }
        }

        AssertNothingIsWrong();
        foreach (var key in users.SelectMany(user => new[] { user.Key, $"{{{user.Key}}}:lease", $"{{{user.Key}}}:writers" }))
        {
            Assert.True(!await _fleet.Cache.KeyExistsAsync(key) || await _fleet.Cache.KeyTimeToLiveAsync(key) < TimeSpan.FromDays(1), key);
        }

        await Task.WhenAll(_fleet.Replicas.Select(replica => replica.Users.BecomesHealthyAsync()));
    }

    // Nobody is waited for, nothing is kept, and nothing was alarming.
    private async Task AssertCalmAsync()
    {
        foreach (var replica in _fleet.Replicas)
        {
            var port = replica.Url.Port.ToString(CultureInfo.InvariantCulture);
            await replica.Management.ScrapeUntilAsync(metrics => metrics["kestrel_active_connections", "server_port", port] == 0);
        }

        using var process = Process.GetProcessById(_fleet.Replicas[0].Process.Pid);
        output.WriteLine($"{process.PeakWorkingSet64 >> 20} MB at most.");
        Assert.InRange(process.PeakWorkingSet64, 1, MostMemory);
        Assert.DoesNotContain(_fleet.Replicas[1].Api.Log.GetSnapshot(), record => record.Level >= LogLevel.Error);
        var alarm = string.Join('\n', _fleet.Replicas[0].Process.Output
            .SkipWhile(line => !line.StartsWith("fail:", StringComparison.Ordinal)).Take(Shown));
        Assert.True(alarm == "", $"To repeat the run: {_settings.Command}\n{alarm}");
    }

    private async Task EveryAsync(TimeSpan interval, Func<Task> step)
    {
        using var timer = new PeriodicTimer(interval);
        while (Stopwatch.GetElapsedTime(_started) < _settings.Duration && await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            await step();
        }
    }

    private void Note(string? wrong)
    {
        if (wrong is not null)
        {
            _wrong.Enqueue(wrong);
        }
    }

    private void AssertNothingIsWrong() => Assert.True(
        _wrong.IsEmpty,
        $"To repeat the run: {_settings.Command}\n{_wrong.Count} answers were wrong:\n{string.Join('\n', _wrong.Take(Shown))}");
}
