namespace UserCache.Bench;

/// <summary>A race is fair only if all do the same work.</summary>
internal static class Answers
{
    private static readonly int[] Ids = [1, 2, 17, 999];

    /// <summary>Asks each contestant for some users, twice, so that the second answer comes from its cache.</summary>
    /// <exception cref="InvalidOperationException">Two answers differ; the message has both.</exception>
    public static async Task AssertSameAsync(IReadOnlyList<RunningContestant> contestants)
    {
        using var http = new HttpClient();
        foreach (var id in Ids)
        {
            string? expected = null;
            foreach (var contestant in contestants.Concat(contestants))
            {
                var answer = await contestant.AskAsync(http, $"/api/v1/users/{id}");
                expected ??= answer;
                if (answer != expected)
                {
                    throw new InvalidOperationException($"{contestant.Contestant.Name} answers {answer} for user {id}, and others {expected}.");
                }
            }
        }
    }
}
