using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace UserCache.Tests.AppHost;

/// <summary>The AppHost, started once for the tests of it.</summary>
public sealed class RunningAppHost : IAsyncLifetime
{
    private DistributedApplication? _app;

    /// <summary>When it has all taken too long.</summary>
    public CancellationToken Limit { get; } = new CancellationTokenSource(TimeSpan.FromMinutes(5)).Token;

    public DistributedApplication App => _app!;

    public async Task InitializeAsync()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.UserCache_AppHost>(Limit);
        // A database of its own: not the volume and the container that a developer's runs share.
        var postgres = builder.Resources.OfType<PostgresServerResource>().Single();
        foreach (var shared in postgres.Annotations.Where(annotation => annotation is ContainerMountAnnotation or ContainerLifetimeAnnotation).ToList())
        {
            postgres.Annotations.Remove(shared);
        }

        _app = await builder.BuildAsync(Limit);
        await _app.StartAsync(Limit);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync("apiservice", Limit);
    }

    public async Task DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }
}
