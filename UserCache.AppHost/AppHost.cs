using UserCache.AppHost;

var builder = DistributedApplication.CreateBuilder(args);

// The cache starts empty with each run: it may always be lost.
var cache = builder.AddRedis("cache");

var postgres = builder.AddPostgres("postgres");
if (builder.ExecutionContext.IsRunMode)
{
    // Aspire names the volume after this checkout: two of them must not run two servers on one folder.
    postgres.WithDataVolume().WithLifetime(ContainerLifetime.Persistent);
}

var usersDb = postgres.AddDatabase("usersdb");

var managementKey = builder.AddParameter("management-key", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true);

var api = builder.AddProject<Projects.UserCache_ApiService>("apiservice")
    // Only the connection strings: the single values would put passwords into environment variables of their own.
    .WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.ConnectionString)
    .WithReference(cache).WaitFor(cache)
    .WithReference(usersDb).WaitFor(usersDb)
    .WithEnvironment("Database__AddDemoUsers", "true")
    // Aspire's own choice, always_on, would also record what lies beneath the probes' requests, every few seconds.
    .WithEnvironment("OTEL_TRACES_SAMPLER", "parentbased_always_on")
    .WithReplicas(2)
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    .WithUrlForEndpoint("http", url => url.DisplayText = "Users API")
    .WithUrlForEndpoint("http", _ => new() { Url = "/docs", DisplayText = "API docs" })
    .WithManagement(managementKey);

if (builder.ExecutionContext.IsRunMode)
{
    api.WithEnvironment("Console__Enabled", "true")
        .WithEnvironment("Console__DashboardUrl", builder.Configuration["ASPNETCORE_URLS"]?.Split(';')[0] ?? "")
        .WithUrlForEndpoint("http", _ => new() { Url = "/console/", DisplayText = "Console" });
}

builder.Build().Run();
