using UserCache.Tests.Infrastructure;

namespace UserCache.Bench.Freshness;

/// <summary>One contestant in one scenario: two replicas, new users, an empty Redis.</summary>
internal static class Trial
{
    private const int Replicas = 2;

    public static async Task<IReadOnlyList<Row>> RunAsync(Field field, Contestant contestant, bool isTrouble, TimeSpan duration)
    {
        await field.Redis.KillAsync();
        await field.Redis.StartAsync();
        await using var database = NpgsqlDataSource.Create(field.Postgres.ConnectionString);
        await AddUsersAsync(database);
        var proxies = Enumerable.Range(0, Replicas).Select(_ => new TcpProxy(field.Postgres.Port)).ToList();
        var replicas = proxies.ConvertAll(proxy => field.Create(contestant, proxy.Port));
        try
        {
            await Task.WhenAll(replicas.Select(StartAsync));
            using var clients = new Clients(replicas.ConvertAll(replica => replica.Url), database);
            using var end = new CancellationTokenSource(duration);
            var trouble = isTrouble ? Trouble.MakeAsync(field.Redis, proxies, duration, end.Token) : Task.CompletedTask;
            await Task.WhenAll(clients.RunAsync(end.Token), trouble);
            return Row.Of(contestant.Name, isTrouble ? "trouble" : "calm", clients);
        }
        finally
        {
            foreach (var one in replicas.Cast<IAsyncDisposable>().Concat(proxies))
            {
                await one.DisposeAsync();
            }
        }
    }

    // What a service does at its first request, such as to connect to Redis, it does before the others come.
    private static async Task StartAsync(RunningContestant replica)
    {
        await replica.StartAndWaitAsync();
        using var http = new HttpClient();
        await http.GetStringAsync(new Uri(replica.Url, "/api/v1/users/1"));
    }

    // Without triggers, and without what the contestant before has left for UserCache's relay.
    private static async Task AddUsersAsync(NpgsqlDataSource database)
    {
        await using var fill = database.CreateCommand(
            $"""
            SET session_replication_role = replica;
            TRUNCATE users, cache_invalidations RESTART IDENTITY;
            INSERT INTO users (username, email, created_at, updated_at, version)
            SELECT 'user-' || n, 'user-' || n || '{Clients.Domain}', now(), now(), 1 FROM generate_series(1, {Clients.Users}) n;
            SET session_replication_role = DEFAULT;
            """);
        await fill.ExecuteNonQueryAsync();
    }
}
