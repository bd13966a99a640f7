using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using UserCache.ApiService.Door;

namespace UserCache.ApiService.Operations;

/// <summary>
/// A port of its own for operators and scrapers, with routes of its own: the public port does not know them, and this one does not know the
/// public calls. Which port a request came in by is read off its connection; its Host header is the client's word.
/// </summary>
internal static class ManagementPort
{
    // What is configured there replaces all urls.
    private const string KestrelEndpoints = "Kestrel:Endpoints";

    /// <summary>Listens on the management port too, where one is set.</summary>
    public static WebApplicationBuilder AddManagement(this WebApplicationBuilder builder)
    {
        var publicUrls = PublicUrls(builder.Configuration);
        builder.Services.AddSingleton<IValidateOptions<ManagementOptions>, ManagementOptionsValidator>();
        builder.Services.AddOptionsWithValidateOnStart<ManagementOptions>()
            .BindConfiguration(ManagementOptions.Section)
            .Validate(
                options => !options.IsOn || !Array.Exists(publicUrls, url => ManagementOptions.PortOf(url) == options.Port),
                $"{ManagementOptions.Section}:{nameof(ManagementOptions.Url)} must have another port than the API.")
            .Validate(
                options => !options.IsOn || !builder.Configuration.GetSection(KestrelEndpoints).Exists(),
                $"{KestrelEndpoints} and {ManagementOptions.Section}:{nameof(ManagementOptions.Url)} exclude each other: "
                + "say where the API listens by urls (ASPNETCORE_URLS).");

        var management = new ManagementOptions
        {
            Url = builder.Configuration[$"{ManagementOptions.Section}:{nameof(ManagementOptions.Url)}"],
        };
        if (management.Port > 0)
        {
            builder.WebHost.UseUrls([.. publicUrls, management.Url!]);
            builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddPrometheusExporter());
        }

        return builder;
    }

    /// <summary>Routes what comes in by the management port, and only that, to the operations; all of it needs the key.</summary>
    public static WebApplication UseManagement(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<ManagementOptions>>().Value;
        if (!options.IsOn)
        {
            return app;
        }

        app.MapWhen(context => context.Connection.LocalPort == options.Port, management =>
        {
            management.UseProblems();
            management.UseMiddleware<ManagementKey>();
            management.UseRouting();
            management.UseRequestBodies();
            management.UseEndpoints(endpoints =>
            {
                endpoints.MapCacheOperations();
                endpoints.MapChecks();
                endpoints.MapPrometheusScrapingEndpoint();
            });
        });
        return app;
    }

    // What the server would listen on by itself: to name one more address replaces them all.
    private static string[] PublicUrls(ConfigurationManager configuration)
    {
        if (configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls)
        {
            return Split(urls);
        }

        string[] ports =
        [
            .. Split(configuration[WebHostDefaults.HttpPortsKey]).Select(port => $"http://*:{port}"),
            .. Split(configuration[WebHostDefaults.HttpsPortsKey]).Select(port => $"https://*:{port}"),
        ];
        return ports.Length > 0 ? ports : ["http://localhost:5000"];
    }

    private static string[] Split(string? list) =>
        (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
