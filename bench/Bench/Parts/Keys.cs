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
        await FillAsync(lineup.All[0].Url);
        var kept = await server.DatabaseSizeAsync();
        if (kept < Workload.Users)
        {
            throw new InvalidOperationException($"Redis has {kept} keys only: not all that is asked for would be a hit.");
        }

        await new Race(field, plan, findings).RunAsync(lineup.With(Workload.HitOf(1_000), Workload.HitOf(100_000), Workload.HitOf(Workload.Users)));
    }

    private static async Task FillAsync(Uri url)
    {
        using var http = new HttpClient { BaseAddress = url };
        Console.WriteLine("Filling the cache with a million users.");
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Workload.Users / Batch),
            new ParallelOptions { MaxDegreeOfParallelism = Fillers },
            async (batch, cancellation) => await http.GetByteArrayAsync($"api/v1/users?ids={string.Join(',', Enumerable.Range((batch * Batch) + 1, Batch))}", cancellation));
        Console.WriteLine($"That took {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s.");
    }
}
