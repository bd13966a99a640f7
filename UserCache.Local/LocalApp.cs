using UserCache.Local.Servers;
using UserCache.Local.Setup;

namespace UserCache.Local;

/// <summary>The whole app as local processes: Redis, PostgreSQL, the dashboard and the API, wired to each other.</summary>
internal sealed class LocalApp(Progress progress, int port) : IAsyncDisposable
{
    private readonly DataFolder _data = new();
    private readonly List<Server> _servers = [];

    /// <summary>Starts everything, prints where it is, and waits until it is told to stop or one of the servers ends.</summary>
    /// <returns>The sentence that says which server ended; <see langword="null"/> when it was told to stop.</returns>
    public async Task<string?> RunAsync(CancellationToken cancellationToken)
    {
        var redis = await StartAsync(new RedisServer(_data), cancellationToken);
        var postgres = await StartAsync(new PostgresServer(_data), cancellationToken);
        var dashboard = await TryStartDashboardAsync(cancellationToken);

        var lines = new HeldBackOutput(Console.Out);
        try
        {
            var management = Management.OnFreePort();
            var api = await StartAsync(new ApiServer(port, Settings(redis, postgres, dashboard, management), lines.Write), cancellationToken);
            Task? ready = null;
            await progress.StepAsync("Setting up the database", () => Task.WhenAny(ready = Health.WaitAsync(api.Url, cancellationToken), AnyServersEnd()));
            if (ready!.IsCompleted)
            {
                await ready;
                PrintTable(api, redis, postgres, dashboard, management);
            }
        }
        finally
        {
            lines.Release();
        }

        await Task.WhenAny(AnyServersEnd(), Task.Delay(Timeout.Infinite, cancellationToken));
        return _servers.Find(server => server.Exited.IsCompleted) is { } dead && !cancellationToken.IsCancellationRequested
            ? $"{dead.Name} ended with status {await dead.Exited}. Its last lines:{Environment.NewLine}{string.Join(Environment.NewLine, dead.Output.TakeLast(10))}"
            : null;
    }

    /// <summary>Stops everything, the API first, and removes the data.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var place = _servers.Count - 1; place >= 0; place--)
        {
            await _servers[place].DisposeAsync();
        }

        _data.Dispose();
    }

    private Task<Task<int>> AnyServersEnd() => Task.WhenAny(_servers.Select(server => server.Exited));

    private static Dictionary<string, string> Settings(RedisServer redis, PostgresServer postgres, DashboardServer? dashboard, Management management)
    {
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings:cache"] = redis.ConnectionString,
            ["ConnectionStrings:usersdb"] = postgres.ConnectionString,
            ["Database:AddDemoUsers"] = "true",
            ["Management:Url"] = management.Url.OriginalString,
            ["Management:Key"] = management.Key,
            ["Console:Enabled"] = "true",
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
        };
        if (dashboard is not null)
        {
            settings["Console:DashboardUrl"] = dashboard.Url;
            foreach (var (name, value) in ApiServer.TelemetryTo(dashboard))
            {
                settings[name] = value;
            }
        }

        return settings;
    }

    private async Task<TServer> StartAsync<TServer>(TServer server, CancellationToken cancellationToken)
        where TServer : Server
    {
        try
        {
            await progress.StepAsync($"Starting {server.Name}", () => server.StartAsync(cancellationToken));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        _servers.Add(server);
        return server;
    }

    // The app is of use without its dashboard.
    private async Task<DashboardServer?> TryStartDashboardAsync(CancellationToken cancellationToken)
    {
        if (DashboardProgram.Path is not { } program)
        {
            return null;
        }

        try
        {
            return await StartAsync(new DashboardServer(program), cancellationToken);
        }
        catch (InvalidOperationException failure)
        {
            progress.Note($"Going on without it. {failure.Message}");
            return null;
        }
    }

    private static void PrintTable(ApiServer api, RedisServer redis, PostgresServer postgres, DashboardServer? dashboard, Management management)
    {
        var user = new Uri(api.Url, "api/v1/users/1");
        Console.WriteLine(
            $"""

              Console      {new Uri(api.Url, "console/")}
              Users API    {user}
              API docs     {new Uri(api.Url, "docs")}
              Dashboard    {dashboard?.LoginUrl ?? "not running (see above)"}
              Redis        {redis.ConnectionString}
              PostgreSQL   {postgres.ConnectionString}
              Management   {management.Url} with the header "Authorization: Bearer {management.Key}"

              Try it twice, first from the database, then from the cache:
                curl -i {user}
                curl -i {user}

              Ctrl-C stops everything and removes the data.

            """);
    }
}
