using UserCache.AppHost;
using UserCache.AppHost.Servers;

var builder = DistributedApplication.CreateBuilder(args);
if (!builder.TryChooseServers(out var servers))
{
    return 1;
}

var cache = servers.AddRedis("cache");
var usersDb = servers.AddDatabase("postgres", "usersdb");
var managementKey = builder.AddParameter("management-key", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true);

var api = builder.AddProject<Projects.UserCache_ApiService>("apiservice")
    // Only the connection strings: the single values would put passwords into environment variables of their own.
    .WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.ConnectionString)
    // Not waited for: the API does without Redis, also when it starts.
    .WithReference(cache)
    .WithReference(usersDb).WaitFor(usersDb)
    .WithReplicas(2)
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    // Plain HTTP in a run: a machine without a trusted development certificate would get an error on its dashboard.
    .WithoutHttpsCertificate()
    .WithManagement(managementKey);

if (builder.ExecutionContext.IsRunMode)
{
    api.WithDevelopmentTools();
    if (!await api.TryUsePortsAsync(args))
    {
        return 1;
    }
}
else
{
    // Not in a run, which is there to see how much the service can do.
    api.WithEnvironment("RateLimit__RequestsPerSecond", "1000");
}

await builder.Build().RunAsync();
return 0;
