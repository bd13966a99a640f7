using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry.Instrumentation.AspNetCore;
using UserCache.ServiceDefaults;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service of the app shares: telemetry, health.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Adds OpenTelemetry and health checks.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        // What a service says is the same on every machine.
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        builder.AddTelemetry();
        builder.AddDefaultHealthChecks();
        // Which server this is helps nobody but who looks for its faults.
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);

        return builder;
    }

    /// <summary>Lets some requests, and all that is done for them, have no trace.</summary>
    /// <param name="builder">The application's builder.</param>
    /// <param name="isLeftOut">Which requests.</param>
    public static void LeaveOutOfTraces(this IHostApplicationBuilder builder, Func<HttpRequest, bool> isLeftOut) =>
        builder.Services.Configure<AspNetCoreTraceInstrumentationOptions>(options =>
        {
            var others = options.Filter;
            options.Filter = context => !isLeftOut(context.Request) && others?.Invoke(context) is not false;
        });

    /// <summary>
    /// Makes a health check say Degraded where it would say Unhealthy. A dependency that the service can do without, or that all
    /// replicas share, must not take them out of rotation: they would all go at once.
    /// </summary>
    /// <param name="builder">The application's builder.</param>
    /// <param name="healthCheck">Name under which a client integration registered its check.</param>
    public static void AddOptionalDependency(this IHostApplicationBuilder builder, string healthCheck) =>
        builder.Services.PostConfigure<HealthCheckServiceOptions>(options =>
        {
            // There is none where the integration's settings switch it off.
            foreach (var check in options.Registrations.Where(check => check.Name == healthCheck))
            {
                var inner = check.Factory;
                check.Factory = services => new OptionalDependencyCheck(inner, services.GetRequiredService<IServiceScopeFactory>());
            }
        });

    /// <summary>Maps <c>/alive</c> (liveness) and <c>/health</c> (readiness), in every environment.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app) => app.MapDefaultHealthEndpoints();
}
