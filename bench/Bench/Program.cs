using UserCache.Bench;
using UserCache.Bench.Freshness;

// bench/run [quick] [NAME…]: all contestants, or those whose names contain one of these words; UserCache always.
var isQuick = args.Contains("quick");
var words = args.Where(arg => arg != "quick").ToArray();
if (words.Contains("freshness")) { await FreshnessRun.RunAsync(isQuick, [.. words.Except(["freshness"])]); return; }

var (rounds, seconds) = isQuick ? (5, 2) : (7, 5);
var chosen = Contestant.All
    .Where(one => words.Length == 0 || one.Name == "UserCache" || Array.Exists(words, word => one.Name.Contains(word, StringComparison.OrdinalIgnoreCase)))
    .ToList();

await using var field = new Field();
Console.WriteLine("Starting Redis and PostgreSQL.");
await field.StartAsync();
var running = chosen.ConvertAll(one => new RunningContestant(one, field.Connections));
try
{
    // It makes the schema.
    var first = running.Find(one => one.Contestant.Peer is null)!;
    await first.StartAndWaitAsync();
    Console.WriteLine("Adding a million users.");
    await field.AddUsersAsync();
    foreach (var one in running.Where(one => one != first))
    {
        await one.StartAndWaitAsync();
    }

    await Answers.AssertSameAsync(running);
    var race = new Race(field, running);
    await race.RunAsync(rounds, seconds);
    await Results.WriteAsync(race, rounds, seconds);
}
finally
{
    foreach (var one in running)
    {
        await one.DisposeAsync();
    }
}
