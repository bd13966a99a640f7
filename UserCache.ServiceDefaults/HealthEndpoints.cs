using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace UserCache.ServiceDefaults;

/// <summary>The two probe endpoints. They are mapped outside development too: orchestrators need them there most.</summary>
internal static class HealthEndpoints
{
    public const string Readiness = "/health";
    public const string Liveness = "/alive";

    private const string LiveTag = "live";

    public static void AddDefaultHealthChecks(this IHostApplicationBuilder builder) =>
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);

    public static WebApplication MapDefaultHealthEndpoints(this WebApplication app)
    {
        // Ready: every check. A degraded service still answers 200, for it still serves.
        app.MapHealthChecks(Readiness);
        // Alive: only the process itself. A restart would not cure a database that is down.
        app.MapHealthChecks(Liveness, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) });

        return app;
    }
}
