namespace UserCache.Bench;

/// <summary>
/// Writes, against the same UPDATE alone. They leave rows to relay and to purge, which would disturb what is measured after them.
/// </summary>
internal sealed class Writes : IPart
{
    // The purge, by default a minute later, is to be within the measurement.
    private static readonly Dictionary<string, string> SoonPurged = new() { ["Invalidation__ReplayWindow"] = "00:00:10" };

    public string Name => "writes";

    public async Task RunAsync(Field field, Plan plan, Findings findings)
    {
        await field.ExecuteAsync(
            "CREATE TABLE plain_users (LIKE users INCLUDING ALL); "
            + "INSERT INTO plain_users OVERRIDING SYSTEM VALUE TABLE users; ANALYZE plain_users");
        // Otherwise what was just written is on its way to the disk while the first writes wait for theirs.
        await field.ExecuteAsync("CHECKPOINT");
        await using var lineup = await field.StartAsync(Contestant.UserCache with { Settings = SoonPurged }, Contestant.Npgsql);
        await new Race(field, plan, findings).RunAsync(lineup.With(Workload.Write));
        await field.DrainAsync();
    }
}
