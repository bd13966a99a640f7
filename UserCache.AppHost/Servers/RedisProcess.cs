using Microsoft.Extensions.DependencyInjection;

namespace UserCache.AppHost.Servers;

/// <summary>Redis as a process of this machine, with the same connection string as Aspire's container.</summary>
internal sealed class RedisProcess(string name, ParameterResource password)
    : ExecutableResource(name, "bash", AppContext.BaseDirectory), IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{this.Endpoint().Property(EndpointProperty.HostAndPort)},password={password}");

    /// <summary>Adds it to the graph.</summary>
    /// <param name="builder">The graph's builder.</param>
    /// <param name="name">Of the resource, and of its connection string.</param>
    /// <param name="program">The path of <c>redis-server</c>.</param>
    public static IResourceBuilder<RedisProcess> Add(IDistributedApplicationBuilder builder, string name, string program)
    {
        // A comma would end it within the connection string.
        var password = ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password", special: false);
        var redis = builder.AddResource(new RedisProcess(name, password)).AsServerProcess("redis.sh", program);
        return redis
            .WithArgs(redis.Resource.Endpoint().Property(EndpointProperty.TargetPort))
            .WithEnvironment("REDIS_PASSWORD", password)
            .WithIconName("Database")
            .WithConnectionCheck((checks, check, connectionString) => checks.AddRedis(_ => connectionString(), check));
    }
}
