namespace UserCache.Bench;

/// <summary>Hits over fewer and more connections.</summary>
internal sealed class Connections : IPart
{
    public string Name => "connections";

    public async Task RunAsync(Field field, Plan plan, Findings findings)
    {
        await using var lineup = await field.StartAsync(Contestant.Bare, Contestant.UserCache);
        await new Race(field, plan, findings).RunAsync(
            lineup.With(Workload.HitOver(16), Workload.HitOver(64), Workload.HitOver(256), Workload.HitOver(1_024)));
    }
}
