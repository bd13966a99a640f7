using System.Collections.Concurrent;
using Xunit.Abstractions;

namespace UserCache.Tests.Fuzz;

/// <summary>
/// Whatever anyone writes into Redis under the cache's keys: it is never served, no call fails for it, and it is gone as soon as its key is
/// used. FUZZ_SECONDS=60 goes on for longer.
/// </summary>
[Collection(OperationsGroup.Name)]
[Trait("Run", "fuzz")]
public sealed class GarbageTests(App app, ITestOutputHelper output)
{
    private const int Users = 40;
    private const int Donors = 5;
    private const int Readers = 8;
    private const int Writers = 2;
    private const int BatchSize = 10;
    private const int Shown = 10;
    private const double LeastHitShare = 0.1;
    // On a busy machine Redis may not be fast enough now and then.
    private const double MostPendingShare = 0.25;

    private static readonly TimeSpan PlantInterval = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan WriteInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ReadInterval = TimeSpan.FromMilliseconds(5);

    private readonly FuzzSettings _settings = FuzzSettings.FromEnvironment();
    private readonly ConcurrentQueue<string> _wrong = new();
    private Fleet _fleet = null!;
    private KnownUser[] _users = [];
    private long _reads;
    private long _hits;
    private long _planted;
    private long _started;

    [Fact]
    public async Task Garbage_planted_under_values_leases_and_writers_is_never_served_fails_no_call_and_heals()
    {
        output.WriteLine($"To repeat this run: {_settings.Command}");
        // A lease that may be real is waited for, so that it had better not be long.
        await using var fleet = _fleet = await Fleet.StartAsync(app, replicas: 2, ("Cache:LoadTimeout", "00:00:02"));
        _users = [.. (await fleet.AddUsersAsync(Users)).Select(id => new KnownUser(id, version: 1))];
        await Task.WhenAll(_users.Select(WriteAsync));
        var unknown = _users[^1].Id + 1;
        await fleet.Replicas[0].Users.GetAsync(unknown);

        _started = Stopwatch.GetTimestamp();
        await Task.WhenAll(
        [
            Task.Run(() => PlantAsync([.. _users[..Donors].Select(user => user.Key), $"USER::{unknown}"])),
            .. Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer))),
            .. Enumerable.Range(0, Readers).Select(reader => Task.Run(() => ReadAsync(reader))),
        ]);

        var (writes, pending) = (_users.Sum(user => user.Writes), _users.Sum(user => user.Pending));
        output.WriteLine($"{_planted} pieces of garbage, {_reads} reads, {_hits} hits, {writes} writes, {pending} of them pending.");
        AssertNothingIsWrong();
        Assert.True(_hits > LeastHitShare * _reads, $"Only {_hits} of {_reads} reads hit the cache.");
        Assert.True(pending < MostPendingShare * writes, $"{pending} of {writes} writes did not reach Redis.");
        await AssertHealedAsync();
    }

    private Task PlantAsync(string[] donors)
    {
        var planter = new Planter(_fleet.Cache, new Random(_settings.Seed), [.. _users[Donors..].Select(user => user.Key)], donors);
        return EveryAsync(PlantInterval, async () =>
        {
            await planter.PlantAsync();
            _planted++;
        });
    }

    private Task WriteAsync(int writer)
    {
        var random = new Random(_settings.Seed + writer);
        var mine = _users.Where((_, place) => place % Writers == writer).ToArray();
        return EveryAsync(WriteInterval, () => WriteAsync(mine[random.Next(mine.Length)]));
    }

    private async Task WriteAsync(KnownUser user) => Note(await user.WriteAsync(_fleet.Replicas[(int)(user.Id % 2)].Users));

    private Task ReadAsync(int reader)
    {
        var random = new Random(~_settings.Seed + reader);
        return EveryAsync(ReadInterval, () => ReadAsync(
            _fleet.Replicas[random.Next(_fleet.Replicas.Count)].Users,
            random.Next(5) == 0 ? [.. random.GetItems(_users, BatchSize).Distinct()] : random.GetItems(_users, 1)));
    }

    private async Task ReadAsync(UsersClient replica, KnownUser[] users)
    {
        var acknowledged = users.Select(user => user.Acknowledged).ToArray();
        var answer = users.Length > 1 ? await replica.GetManyAsync(users.Select(user => user.Id)) : await replica.GetAsync(users[0].Id);
        Note(Wrong(answer, users, acknowledged));
        Interlocked.Increment(ref _reads);
        Interlocked.Add(ref _hits, answer is { Status: 200, IsHit: true } ? 1 : 0);
    }

    private static string? Wrong(Answer answer, KnownUser[] users, long[] acknowledged)
    {
        if (answer.Status != 200)
        {
            return $"GET of {string.Join(',', users.Select(user => user.Id))}: {answer}";
        }

        JsonElement[] data = users.Length > 1 ? [.. answer.Data.EnumerateArray()] : [answer.Data];
        return data.Length != users.Length
            ? $"asked for {users.Length} users, got {answer}"
            : users.Select((user, place) => user.Wrong(data[place], acknowledged[place])).FirstOrDefault(wrong => wrong is not null);
    }

    // As it is, and once more after each key was written and filled: by then nothing is left of what was planted.
    private async Task AssertHealedAsync()
    {
        foreach (var isWritten in new[] { false, true })
        {
            foreach (var user in _users)
            {
                if (isWritten)
                {
                    await WriteAsync(user);
                }

                foreach (var replica in _fleet.Replicas)
                {
                    Note(user.Wrong((await replica.Users.GetHitAsync(user.Id)).Data, user.Acknowledged));
                }
            }
        }

        AssertNothingIsWrong();
        foreach (var key in _users.SelectMany(user => new[] { user.Key, $"{{{user.Key}}}:lease", $"{{{user.Key}}}:writers" }))
        {
            Assert.True(!await _fleet.Cache.KeyExistsAsync(key) || await _fleet.Cache.KeyTimeToLiveAsync(key) < TimeSpan.FromDays(1), key);
        }

        await Task.WhenAll(_fleet.Replicas.Select(replica => replica.Users.BecomesHealthyAsync()));
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
