namespace UserCache.AppHost;

/// <summary>What a run has and a deployment has not.</summary>
internal static class DevelopmentTools
{
    /// <summary>Adds demo users, the console, every trace, and links on the dashboard.</summary>
    public static void WithDevelopmentTools(this IResourceBuilder<ProjectResource> api) => api
        .WithEnvironment("Database__AddDemoUsers", "true")
        .WithEnvironment("Console__Enabled", "true")
        .WithEnvironment("Console__DashboardUrl", api.ApplicationBuilder.Configuration["ASPNETCORE_URLS"]?.Split(';')[0] ?? "")
        // Aspire's own choice, always_on, would also record what lies beneath the probes' requests, every few seconds.
        .WithEnvironment("OTEL_TRACES_SAMPLER", "parentbased_always_on")
        .WithUrlForEndpoint("http", url => url.DisplayText = "Users API")
        .WithUrlForEndpoint("http", _ => new() { Url = "/docs", DisplayText = "API docs" })
        .WithUrlForEndpoint("http", _ => new() { Url = "/console/", DisplayText = "Console" });
}
