using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace UserCache.ServiceDefaults;

/// <summary>OpenTelemetry logs, metrics and traces, sent over OTLP wherever an endpoint is configured.</summary>
internal static class Telemetry
{
    // OpenTelemetry's switch from a library's first attribute names to the stable conventions, read from the environment only.
    private const string SemanticConventions = "OTEL_SEMCONV_STABILITY_OPT_IN";

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        if (Environment.GetEnvironmentVariable(SemanticConventions) is null)
        {
            Environment.SetEnvironmentVariable(SemanticConventions, "database");
        }

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        var telemetry = builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddRuntimeInstrumentation()
                // What an exporter that can't keep up has dropped; the SDK calls all that it measures of itself experimental.
                .AddMeter("otel.sdk.experimental")
                // The default's first step is 5 ms: an answer from a cache would be lost in it.
                .AddView("http.server.request.duration", new ExplicitBucketHistogramConfiguration
                {
                    Boundaries = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
                }));
        // What is traced where traces go anywhere. Otherwise none are made: they cost a request as much as its answer does.
        builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing
            .AddAspNetCoreInstrumentation());

        // Probes and scrapers come every few seconds, and would bury the traces that someone looks for.
        foreach (var path in new[] { HealthEndpoints.Readiness, HealthEndpoints.Liveness, "/metrics" })
        {
            builder.LeaveOutOfTraces(request => request.Path.StartsWithSegments(path, StringComparison.Ordinal));
        }

        if (string.IsNullOrWhiteSpace(builder.Configuration[OtlpSettings.Endpoint]))
        {
            return;
        }

        // Tried at once: the exporter is built with the first log, before anyone looks at what the settings are worth.
        if (OtlpSettings.Check(builder.Configuration) is { } problem)
        {
            builder.Services.AddOptionsWithValidateOnStart<Exports>().Validate(_ => false, problem);
        }
        else
        {
            telemetry.WithTracing().UseOtlpExporter();
        }
    }

    private sealed class Exports;
}
