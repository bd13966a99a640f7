using UserCache.Bench;
using UserCache.Bench.Freshness;

Plan plan;
try
{
    if (args.Contains("freshness"))
    {
        await FreshnessRun.RunAsync(args.Contains("quick"), [.. args.Except(["quick", "freshness"])]);
        return 0;
    }

    plan = new Plan(args);
}
catch (ArgumentException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 1;
}

var findings = new Findings();
var about = await About.ThisRunAsync(plan.ToString());
await using var field = new Field();
Console.WriteLine("Starting Redis and PostgreSQL, and adding a million users.");
await field.StartAsync();
await field.AddUsersAsync();
await about.AddServersAsync(field);
var status = 0;
foreach (var part in plan.Parts)
{
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{part.Name}, {about.Elapsed.TotalSeconds:F0} s after the start"));
    try
    {
        await part.RunAsync(field, plan, findings);
    }
    // The others are worth their time all the same.
    catch (Exception failure) when (failure is InvalidOperationException or HttpRequestException or NpgsqlException)
    {
        Console.Error.WriteLine(failure);
        about.AddFailure(part, failure.Message);
        status = 1;
    }
}

await Results.WriteAsync(plan, about, findings);
return status;
