using static System.FormattableString;

namespace UserCache.Tests.Chaos;

/// <summary>What is left when all is quiet again: every cached value must be the row's.</summary>
/// <param name="Rows">The rows, by number.</param>
/// <param name="Differences">Where the cache or a replica says otherwise.</param>
/// <param name="Cached">How many values the cache held in the end.</param>
/// <param name="CachedTeams">How many of them were teams.</param>
internal sealed record FinalState(
    IReadOnlyDictionary<int, FinalRow> Rows, IReadOnlyList<string> Differences, int Cached, int CachedTeams)
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
            foreach (var row in (int[])[1, ChaosRow.Users + 1])
            {
                await Eventually.GetAsync(() => api.ReadAsync(client: -1, number, row), read => read.IsHit, Recovery);
            }

        }

        // As long as a write past the API may take to arrive.
        await Task.Delay(Verdict.HardBound + nearLife);
        var rows = await RowsAsync(database);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(servers.Primary.ConnectionString);
        var differences = new List<string>();
        // Twice: what faults have left, and what the reads in between have put there.
        await CompareCacheAsync();
        await CompareReplicasAsync();
        var (cached, cachedTeams) = await CompareCacheAsync();
        return new FinalState(rows, differences, cached, cachedTeams);

        async Task<(int All, int Teams)> CompareCacheAsync()
        {
            var keys = rows.Keys.ToList();
            var values = await redis.GetDatabase().StringGetAsync([.. keys.Select(key => (RedisKey)ChaosRow.KeyOf(key))]);
            foreach (var (key, value) in keys.Zip(values).Where(pair => pair.Second.HasValue))
            {
                if (ParseEntry(value!, key) is var found && found != rows[key])
                {
                    differences.Add(Invariant(
                        $"{ChaosRow.KeyOf(key)} in Redis is not version {rows[key].Version}: {((string)value!).ReplaceLineEndings(" ")}"));
                }
            }

            var cachedRows = keys.Zip(values).Where(pair => pair.Second.HasValue).Select(pair => pair.First).ToList();
            return (cachedRows.Count, cachedRows.Count(ChaosRow.IsTeam));
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
                        differences.Add(Invariant(
                            $"Replica {replica} does not answer {ChaosRow.KeyOf(key)} with version {row.Version}: {read}"));
                    }
                }
            }
        }
    }

    // v1 <version> <soft expiry> <checksum>, a line break, the JSON.
    private static FinalRow? ParseEntry(string entry, int key)
    {
        if (entry.Split('\n', 2) is not [var header, var body] || header.Split(' ') is not ["v1", var version, _, _])
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(body);
            var row = new FinalRow(json.RootElement.GetProperty("version").GetInt64(), ChaosRow.ContentOf(json.RootElement, key));
            return version == Invariant($"{row.Version}") ? row : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<Dictionary<int, FinalRow>> RowsAsync(NpgsqlDataSource database)
    {
        var users = await database.RowsAsync(
            "SELECT id, version, username, email FROM users WHERE id <= $1",
            row => ((int)row.GetInt64(0), new FinalRow(row.GetInt64(1), ChaosRow.ContentOf(row.GetString(2), row[3] as string))),
            (long)ChaosRow.Users);
        var teams = await database.RowsAsync(
            "SELECT id, version, name, seats FROM teams",
            row => (
                ChaosRow.RowOf(row.GetGuid(0)),
                new FinalRow(row.GetInt64(1), ChaosRow.ContentOf(row.GetString(2), row.GetInt32(3)))));
        return users.Concat(teams).ToDictionary();
    }
}
