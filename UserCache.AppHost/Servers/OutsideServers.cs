namespace UserCache.AppHost.Servers;

/// <summary>Redis and PostgreSQL of the place that the app is published to: it gives their connection strings.</summary>
internal sealed class OutsideServers(IDistributedApplicationBuilder builder) : IServers
{
    public IResourceBuilder<IResourceWithConnectionString> AddRedis(string name) => builder.AddConnectionString(name);

    public IResourceBuilder<IResourceWithConnectionString> AddDatabase(string server, string name) => builder.AddConnectionString(name);
}
