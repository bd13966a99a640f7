namespace UserCache.Bench;

/// <summary>All contestants under the same reads.</summary>
internal sealed class Reads : IPart
{
    public string Name => "reads";

    public async Task RunAsync(Field field, Plan plan, Findings findings)
    {
        await using var sink = await field.StartAsync(plan.Contestants.Contains(Contestant.Traced) ? [Spans.Sink] : []);
        await using var lineup = await field.StartAsync(plan.Contestants);
        await Answers.AssertSameAsync(lineup.All);
        await new Race(field, plan, findings).RunAsync(
            [
                .. lineup.All.SelectMany(one => one.Contestant.Reads
                    .Where(workload => !plan.IsQuick || !workload.IsExtra)
                    .Select(workload => (one, workload))),
            ]);
        if (lineup.All.FirstOrDefault(one => one.Contestant == Contestant.Traced) is { } traced)
        {
            await Spans.CountAsync(traced, sink.All[0], findings);
        }
    }
}
