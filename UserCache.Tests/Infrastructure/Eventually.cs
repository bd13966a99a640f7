using Microsoft.Extensions.Logging.Testing;

namespace UserCache.Tests.Infrastructure;

/// <summary>Waits for a condition instead of for a time.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    // Long, for a machine that is busy: how long something may take is asserted by itself.
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(30);

    /// <summary>Waits until a replica has logged an event: what it logs may come later than what it answers.</summary>
    /// <param name="api">The replica.</param>
    /// <param name="eventId">Which event.</param>
    /// <param name="values">Some of the values that it tells, such as a key.</param>
    public static Task LoggedAsync(ApiHost api, int eventId, params IReadOnlyList<string> values) =>
        TimesLoggedAsync(api, times: 1, eventId, values);

    /// <summary>The same, for an event that comes so often at least.</summary>
    public static Task TimesLoggedAsync(ApiHost api, int times, int eventId, params IReadOnlyList<string> values) => GetAsync(
        () => Task.FromResult(new Log(eventId, values, api.Log.GetSnapshot())),
        log => log.Found >= times);

    /// <summary>Asks again until the answer is good, for half a minute unless another limit is given.</summary>
    /// <returns>The good answer.</returns>
    public static async Task<T> GetAsync<T>(Func<Task<T>> ask, Func<T, bool> isGood, TimeSpan? limit = null)
    {
        var patience = limit ?? DefaultLimit;
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var answer = await ask();
            if (isGood(answer))
            {
                return answer;
            }

            if (Stopwatch.GetElapsedTime(started) >= patience)
            {
                Assert.Fail($"Still not as it should be after {patience.TotalSeconds} s: {answer}");
            }

            await Task.Delay(Interval);
        }
    }

    private sealed record Log(int EventId, IReadOnlyList<string> Values, IReadOnlyList<FakeLogRecord> Records)
    {
        private const int Shown = 30;

        public int Found => Records.Count(record => record.Id.Id == EventId
            && record.State is IReadOnlyList<KeyValuePair<string, string?>> told
            && Values.All(value => told.Any(one => one.Value == value)));

        public override string ToString() =>
            $"{Found} of event {EventId} ({string.Join(", ", Values)}). The last ones:\n{string.Join('\n', Records.TakeLast(Shown))}";
    }
}
