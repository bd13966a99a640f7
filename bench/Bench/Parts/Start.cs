namespace UserCache.Bench;

/// <summary>A new process in front of a cache that is filled.</summary>
internal sealed class Start : IPart
{
    public const string FirstAnswer = "start to first answer, s", FirstSeconds = "requests in the first five seconds / in five later";

    private const int Seconds = 5;

    public string Name => "start";

    public async Task RunAsync(Field field, Plan plan, Findings findings)
    {
        await using (var filler = await field.StartAsync(Contestant.UserCache))
        {
            await filler.All[0].LoadAsync(Workload.Hit, 1);
        }

        for (var times = plan.IsQuick ? 1 : 3; times > 0; times--)
        {
            await using var api = field.Create(Contestant.UserCache);
            var started = Stopwatch.GetTimestamp();
            await api.StartAndWaitAsync("api/v1/users/1");
            findings.Add(FirstAnswer, Stopwatch.GetElapsedTime(started).TotalSeconds);
            // Nobody is sent to it before.
            await api.WaitAsync("health");
            var first = await api.LoadAsync(Workload.Hit, Seconds);
            await api.LoadAsync(Workload.Hit, plan.WarmUp);
            findings.Add(FirstSeconds, first.PerSecond / (await api.LoadAsync(Workload.Hit, Seconds)).PerSecond);
        }
    }
}
