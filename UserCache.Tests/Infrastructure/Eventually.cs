using System.Diagnostics;

namespace UserCache.Tests.Infrastructure;

/// <summary>Waits for a condition instead of for a time.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

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
}
