namespace UserCache.AppHost.Servers;

/// <summary>Redis and PostgreSQL in containers. Redis starts empty each time; PostgreSQL and its volume stay for the next start.</summary>
internal sealed class ContainerServers(IDistributedApplicationBuilder builder) : IServers
{
    public IResourceBuilder<IResourceWithConnectionString> AddRedis(string name) => builder.AddRedis(name)
        // On loopback, TLS protects nothing, and a machine without a trusted development certificate would get an error on its dashboard.
        .WithoutHttpsCertificate();

    public IResourceBuilder<IResourceWithConnectionString> AddDatabase(string server, string name) => builder.AddPostgres(server)
        // Aspire names the volume after this checkout: two of them must not run two servers on one folder.
        .WithDataVolume()
        .WithLifetime(ContainerLifetime.Persistent)
        .AddDatabase(name);
}
