using System.Diagnostics;
using UserCache.Tests.Infrastructure.Servers;

namespace UserCache.Tests.Infrastructure;

/// <summary>Waits for a condition instead of for a time.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan LogLimit = TimeSpan.FromSeconds(30);

    /// <summary>Waits until a server has logged something, so often at least: what it logs comes later than what it answers.</summary>
    public static Task LoggedAsync(Server server, string text, int times = 1) => GetAsync(
        () => Task.FromResult(new Log(text, [.. server.Output])),
        log => log.Found >= times,
        LogLimit);

    /// <summary>Asks again until the answer is good.</summary>
    /// <returns>The good answer.</returns>
    public static async Task<T> GetAsync<T>(Func<Task<T>> ask, Func<T, bool> isGood, TimeSpan limit)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var answer = await ask();
            if (isGood(answer))
            {
                return answer;
            }

            if (Stopwatch.GetElapsedTime(started) >= limit)
            {
                Assert.Fail($"Still not as it should be after {limit.TotalSeconds} s: {answer}");
            }

            await Task.Delay(Interval);
        }
    }

    private sealed record Log(string Wanted, List<string> Lines)
    {
        private const int Shown = 30;

        public int Found => Lines.Count(line => line.Contains(Wanted, StringComparison.Ordinal));

        public override string ToString() => $"{Found} lines have \"{Wanted}\". The last ones:\n{string.Join('\n', Lines.TakeLast(Shown))}";
    }
}
