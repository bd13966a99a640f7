namespace UserCache.Bench;

/// <summary>Hits on more keys.</summary>
internal sealed class Keys : IPart
{
    private const int Batch = 100;
    private const int Fillers = 8;

    public string Name => "keys";

    public async Task RunAsync(Field field, Plan plan, Findings findings)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{field.Redis.ConnectionString},allowAdmin=true");
        var server = redis.GetServers()[0];
        await server.FlushAllDatabasesAsync();
        await using var lineup = await field.StartAsync(Contestant.UserCache);
        // A million takes half a minute.
        int[] counts = plan.IsQuick ? [1_000, 100_000] : [1_000, 100_000, Workload.Users];
        await FillAsync(lineup.All[0].Url, counts[^1]);
        var kept = await server.DatabaseSizeAsync();
        if (kept < counts[^1])
        {
            throw new InvalidOperationException($"Redis has {kept} keys only: not all that is asked for would be a hit.");
        }

        await new Race(field, plan, findings).RunAsync(lineup.With([.. counts.Select(Workload.HitOf)]));
    }

    private static async Task FillAsync(Uri url, int count)
    {
        using var http = new HttpClient { BaseAddress = url };
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count / Batch),
            new ParallelOptions { MaxDegreeOfParallelism = Fillers },
            async (batch, cancellation) => await http.GetByteArrayAsync(
                $"api/v1/users?ids={string.Join(',', Enumerable.Range((batch * Batch) + 1, Batch))}", cancellation));
    }
}
