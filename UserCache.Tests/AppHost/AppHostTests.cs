using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using UserCache.Tests.Infrastructure;

namespace UserCache.Tests.AppHost;

/// <summary>The AppHost as a closed box: real containers, started as Aspire starts them.</summary>
[Trait("Needs", "containers")]
public sealed class AppHostTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Graph_becomes_healthy_and_users_are_read_through_the_cache()
    {
        using var limit = new CancellationTokenSource(Limit);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.UserCache_AppHost>(limit.Token);
        // A database of its own: not the volume and the container that a developer's runs share.
        var postgres = builder.Resources.OfType<PostgresServerResource>().Single();
        foreach (var shared in postgres.Annotations.Where(annotation => annotation is ContainerMountAnnotation or ContainerLifetimeAnnotation).ToList())
        {
            postgres.Annotations.Remove(shared);
        }

        await using var app = await builder.BuildAsync(limit.Token);
        await app.StartAsync(limit.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("apiservice", limit.Token);
        using var users = new UsersClient(app.GetEndpoint("apiservice", "http"));

        var id = await users.CreateAsync();
        var miss = await users.GetAsync(id);
        var hit = await users.GetAsync(id);

        Assert.Equal("UserCache; fwd=uri-miss; stored", miss.CacheStatus);
        Assert.StartsWith("UserCache; hit", hit.CacheStatus, StringComparison.Ordinal);
        Assert.Equal(miss.Body, hit.Body);
    }
}
