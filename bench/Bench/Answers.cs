namespace UserCache.Bench;

/// <summary>A race is fair only if all do the same work.</summary>
internal static class Answers
{
    private const int AskedTwice = 20, AtOnce = 4;

    /// <summary>
    /// Asks each contestant for all users that will be asked for, which fills its cache over few connections to the database: each costs
    /// a new process there. Asks for some twice, so that the second answer comes from the cache.
    /// </summary>
    /// <exception cref="InvalidOperationException">Two answers differ; the message has both.</exception>
    public static async Task AssertSameAsync(IReadOnlyList<RunningContestant> contestants)
    {
        using var http = new HttpClient();
        var caching = contestants.Where(one => !one.Contestant.Reads.Contains(Workload.Read)).ToList();
        await Parallel.ForEachAsync(
            Enumerable.Range(Workload.Hit.First, Workload.Hit.Count),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (id, _) =>
            {
                string? expected = null;
                foreach (var contestant in id <= AskedTwice ? contestants.Concat(contestants) : caching)
                {
                    var answer = await contestant.AskAsync(http, $"/api/v1/users/{id}");
                    expected ??= answer;
                    if (answer != expected)
                    {
                        throw new InvalidOperationException(
                            $"{contestant.Contestant.Name} answers {answer} for user {id}, and others {expected}.");
                    }
                }
            });
    }
}
