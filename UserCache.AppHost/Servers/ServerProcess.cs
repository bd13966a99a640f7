using Microsoft.Extensions.DependencyInjection;

namespace UserCache.AppHost.Servers;

/// <summary>What the servers that are processes have in common.</summary>
internal static class ServerProcess
{
    private const string EndpointName = "tcp";

    /// <summary>Where the server listens.</summary>
    public static EndpointReference Endpoint(this IResourceWithEndpoints server) => server.GetEndpoint(EndpointName);

    /// <summary>Runs a script of this folder that becomes the server, on a free port of its own that it keeps.</summary>
    /// <param name="server">The server.</param>
    /// <param name="script">The script's file name.</param>
    /// <param name="arguments">Its first arguments.</param>
    public static IResourceBuilder<T> AsServerProcess<T>(this IResourceBuilder<T> server, string script, params string[] arguments)
        where T : ExecutableResource => server
        // Not through the orchestrator's proxy, which would take connections for a server that is stopped.
        .WithEndpoint(EndpointName, endpoint => endpoint.IsProxied = false)
        .WithArgs([Path.Combine(AppContext.BaseDirectory, "Servers", script), .. arguments]);

    /// <summary>Has a health check look at the resource by its connection string.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="add">Adds a check of a name to the others; the connection string is known when it is first run.</param>
    public static IResourceBuilder<T> WithConnectionCheck<T>(
        this IResourceBuilder<T> resource, Action<IHealthChecksBuilder, string, Func<string>> add)
        where T : IResourceWithConnectionString
    {
        string? connectionString = null;
        var check = $"{resource.Resource.Name}-check";
        add(
            resource.ApplicationBuilder.Services.AddHealthChecks(),
            check,
            () => connectionString ?? throw new InvalidOperationException($"{resource.Resource.Name} has not been started."));
        return resource
            .OnConnectionStringAvailable(async (available, _, cancellationToken) =>
                connectionString = await available.GetConnectionStringAsync(cancellationToken))
            .WithHealthCheck(check);
    }
}
