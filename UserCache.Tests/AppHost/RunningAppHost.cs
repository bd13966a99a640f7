using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace UserCache.Tests.AppHost;

/// <summary>The AppHost with its dashboard, started once for the tests of it, on ports and with data of its own.</summary>
/// <param name="servers">Where its servers run: <c>containers</c> or <c>processes</c>.</param>
public abstract class RunningAppHost(string servers) : IAsyncLifetime
{
    private DataFolder Data { get; } = new();
    private DistributedApplication? _app;

    /// <summary>When it has all taken too long.</summary>
    public CancellationToken Limit { get; } = new CancellationTokenSource(TimeSpan.FromMinutes(5)).Token;

    public DistributedApplication App => _app!;

    public ProjectResource Api =>
        App.Services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<ProjectResource>().Single();

    public async Task InitializeAsync()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.UserCache_AppHost>(
            new DistributedApplicationTestingBuilderOptions { EnableDashboard = true },
            ["--Servers", servers, "--DataFolder", Data.Create("postgres"), "--Logging:LogLevel:Default", "None"],
            Limit);
        // Not the container and the volume that a developer's runs share.
        foreach (var postgres in builder.Resources.OfType<PostgresServerResource>())
        {
            builder.CreateResourceBuilder(postgres).WithLifetime(ContainerLifetime.Session);
            postgres.Annotations.Remove(postgres.Annotations.OfType<ContainerMountAnnotation>().Single());
        }

        _app = await builder.BuildAsync(Limit);
        await _app.StartAsync(Limit);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync("apiservice", Limit);
        await EachReplicaAsync(replica => replica.BecomesHealthyAsync());
    }

    /// <summary>Talks to each replica by itself: behind the endpoint that they share, any of them may answer.</summary>
    public async Task EachReplicaAsync(Func<UsersClient, Task> talk)
    {
        HashSet<string> known = [];
        await foreach (var replica in App.ResourceNotifications.WatchAsync(Limit))
        {
            var address = replica.Snapshot.EnvironmentVariables.FirstOrDefault(variable => variable.Name == "ASPNETCORE_URLS")?.Value;
            if (replica.Resource == Api && address is not null && known.Add(replica.ResourceId))
            {
                using var users = new UsersClient(new Uri(address));
                await talk(users);
            }

            if (known.Count == Api.GetReplicaCount())
            {
                return;
            }
        }
    }

    public async Task DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        Data.Dispose();
    }
}

/// <summary>With Redis and PostgreSQL as processes of this machine.</summary>
public sealed class AppHostWithProcesses() : RunningAppHost("processes");

/// <summary>With Redis and PostgreSQL in containers.</summary>
public sealed class AppHostWithContainers() : RunningAppHost("containers");
