namespace UserCache.Tests.Fuzz;

/// <summary>Reads and writes of users who are known, by clients who mean well.</summary>
/// <param name="replicas">Whom they ask.</param>
/// <param name="users">The users. Each is written by one client only.</param>
internal sealed class UserTraffic(IReadOnlyList<Replica> replicas, KnownUser[] users)
{
    public const int Writers = 2;

    private const int BatchSize = 10;

    private long _reads;
    private long _hits;

    public long Reads => Interlocked.Read(ref _reads);

    public long Hits => Interlocked.Read(ref _hits);

    public int Writes => users.Sum(user => user.Writes);

    public int Pending => users.Sum(user => user.Pending);

    /// <summary>Writes a user.</summary>
    /// <returns>What is wrong with the answer.</returns>
    public Task<string?> WriteAsync(KnownUser user) => user.WriteAsync(replicas[(int)(user.Id % replicas.Count)].Users);

    /// <summary>The same for one of a writer's own.</summary>
    public Task<string?> WriteAsync(int writer, Random random)
    {
        var mine = users.Where((_, place) => place % Writers == writer).ToArray();
        return WriteAsync(mine[random.Next(mine.Length)]);
    }

    /// <summary>Reads one user or some.</summary>
    /// <returns>What is wrong with the answer.</returns>
    public async Task<string?> ReadAsync(Random random)
    {
        var replica = replicas[random.Next(replicas.Count)].Users;
        var wanted = random.Next(5) == 0 ? random.GetItems(users, BatchSize).Distinct().ToArray() : random.GetItems(users, 1);
        var acknowledged = wanted.Select(user => user.Acknowledged).ToArray();
        var answer = wanted.Length > 1 ? await replica.GetManyAsync(wanted.Select(user => user.Id)) : await replica.GetAsync(wanted[0].Id);
        Interlocked.Increment(ref _reads);
        Interlocked.Add(ref _hits, answer is { Status: 200, IsHit: true } ? 1 : 0);
        return Wrong(answer, wanted, acknowledged);
    }

    private static string? Wrong(Answer answer, KnownUser[] wanted, long[] acknowledged)
    {
        if (answer.Status != 200)
        {
            return $"GET of {string.Join(',', wanted.Select(user => user.Id))}: {answer}";
        }

        JsonElement[] data = wanted.Length > 1 ? [.. answer.Data.EnumerateArray()] : [answer.Data];
        return data.Length != wanted.Length
            ? $"asked for {wanted.Length} users, got {answer}"
            : wanted.Select((user, place) => user.Wrong(data[place], acknowledged[place])).FirstOrDefault(wrong => wrong is not null);
    }
}
