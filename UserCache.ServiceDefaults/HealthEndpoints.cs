using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace UserCache.ServiceDefaults;

/// <summary>The two probe endpoints. They are mapped outside development too: orchestrators need them there most.</summary>
internal static class HealthEndpoints
{
    public const string Readiness = "/health";
    public const string Liveness = "/alive";

    private const string LiveTag = "live";

    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);

    public static void AddDefaultHealthChecks(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]).AddCheck<Draining>("draining");
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Draining>();
        services.AddHostedService(provider => provider.GetRequiredService<Draining>());
        services.AddSingleton<IValidateOptions<ShutdownOptions>, ShutdownOptionsValidator>();
        services.AddOptionsWithValidateOnStart<ShutdownOptions>()
            .Configure<IHostEnvironment>((options, environment) => options.Drain = environment.IsDevelopment() ? TimeSpan.Zero : Drain)
            .BindConfiguration(ShutdownOptions.Section);
        // What it takes to stop comes on top. The host looks at this before anyone has looked at what the settings are worth.
        var isSet = TimeSpan.TryParse(
            builder.Configuration[$"{ShutdownOptions.Section}:{nameof(ShutdownOptions.Drain)}"], CultureInfo.InvariantCulture,
            out var drain);
        var isGood = isSet && drain >= TimeSpan.Zero && drain <= ShutdownOptions.LongestDrain;
        services.PostConfigure<HostOptions>(host => host.ShutdownTimeout += isGood ? drain : Drain);
    }

    public static WebApplication MapDefaultHealthEndpoints(this WebApplication app)
    {
        // Ready: every check. A degraded service still answers 200, for it still serves.
        app.MapHealthChecks(Readiness);
        // Alive: only the process itself. A restart would not cure a database that is down.
        app.MapHealthChecks(Liveness, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) });

        return app;
    }
}
