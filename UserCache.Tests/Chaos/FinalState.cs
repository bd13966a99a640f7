using static System.FormattableString;

namespace UserCache.Tests.Chaos;

/// <summary>What is left when all is quiet again: every cached value must be the row's.</summary>
/// <param name="Rows">The users, by id.</param>
/// <param name="Differences">Where the cache or a replica says otherwise.</param>
/// <param name="Cached">How many values the cache held in the end.</param>
internal sealed record FinalState(IReadOnlyDictionary<int, FinalRow> Rows, IReadOnlyList<string> Differences, int Cached)
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    /// <summary>Waits until each replica is healthy and hits the cache, and compares.</summary>
    public static async Task<FinalState> InspectAsync(Topology servers, ApiCalls api, NpgsqlDataSource database, TimeSpan nearLife)
    {
        for (var replica = 0; replica < servers.Replicas.Count; replica++)
        {
            var number = replica;
            using var users = new UsersClient(servers.Replicas[number].Url);
            await Eventually.GetAsync(() => users.GetAsync("/health"), answer => answer.Body == "Healthy", Recovery);
            await Eventually.GetAsync(() => api.ReadAsync(client: -1, number, key: 1), read => read.IsHit, Recovery);
        }

        // As long as a write past the API may take to arrive.
        await Task.Delay(Verdict.HardBound + nearLife);
        var rows = await RowsAsync(database);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(servers.Primary.ConnectionString);
        var differences = new List<string>();
        // Twice: what faults have left, and what the reads in between have put there.
        await CompareCacheAsync();
        await CompareReplicasAsync();
        var cached = await CompareCacheAsync();
        return new FinalState(rows, differences, cached);

        async Task<int> CompareCacheAsync()
        {
            var keys = rows.Keys.ToList();
            var values = await redis.GetDatabase().StringGetAsync([.. keys.Select(key => (RedisKey)Invariant($"USER::{key}"))]);
            foreach (var (key, value) in keys.Zip(values).Where(pair => pair.Second.HasValue))
            {
                if (ParseEntry(value!) is var found && found != rows[key])
                {
                    differences.Add(Invariant(
                        $"USER::{key} in Redis is not version {rows[key].Version}: {((string)value!).ReplaceLineEndings(" ")}"));
                }
            }

            return values.Count(value => value.HasValue);
        }

        async Task CompareReplicasAsync()
        {
            for (var replica = 0; replica < servers.Replicas.Count; replica++)
            {
                foreach (var (key, row) in rows)
                {
                    var read = await api.ReadAsync(client: -1, replica, key);
                    if (read.Outcome != Outcome.Ok || new FinalRow(read.Version, read.Content) != row)
                    {
                        differences.Add(Invariant($"Replica {replica} does not answer user {key} with version {row.Version}: {read}"));
                    }
                }
            }
        }
    }

    // v1 <version> <soft expiry> <checksum>, a line break, the JSON.
    private static FinalRow? ParseEntry(string entry)
    {
        if (entry.Split('\n', 2) is not [var header, var body] || header.Split(' ') is not ["v1", var version, _, _])
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(body);
            var user = json.RootElement;
            var row = new FinalRow(
                user.GetProperty("version").GetInt64(),
                UserAnswer.ContentOf(user.GetProperty("username").GetString(), user.GetProperty("email").GetString()));
            return version == Invariant($"{row.Version}") ? row : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<Dictionary<int, FinalRow>> RowsAsync(NpgsqlDataSource database)
    {
        var rows = await database.RowsAsync(
            "SELECT id, version, username, email FROM users WHERE id <= $1",
            row => ((int)row.GetInt64(0), new FinalRow(row.GetInt64(1), UserAnswer.ContentOf(row.GetString(2), row[3] as string))),
            (long)ChaosSettings.Keys);
        return rows.ToDictionary();
    }
}
