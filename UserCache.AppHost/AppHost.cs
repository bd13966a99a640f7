var builder = DistributedApplication.CreateBuilder(args);

// The cache starts empty with each run: it may always be lost.
var cache = builder.AddRedis("cache");

var postgres = builder.AddPostgres("postgres");
if (builder.ExecutionContext.IsRunMode)
{
    postgres.WithDataVolume("usercache-postgres").WithLifetime(ContainerLifetime.Persistent);
}

var usersDb = postgres.AddDatabase("usersdb");

builder.AddProject<Projects.UserCache_ApiService>("apiservice")
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
    .WithUrlForEndpoint("http", _ => new() { Url = "/docs", DisplayText = "API docs" });

builder.Build().Run();
