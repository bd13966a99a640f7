using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;

namespace UserCache.ServiceDefaults;

/// <summary>
/// OpenTelemetry's settings, <c>OTEL_…</c>. It passes over some that it can't read, and fails at others halfway through the start,
/// without saying which.
/// </summary>
internal static class OtlpSettings
{
    /// <summary>Where logs, metrics and traces go. Set by the Aspire app host, or by whoever runs a collector.</summary>
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string Prefix = "OTEL_";
    private const string Endpoints = "_ENDPOINT";
    private const string Headers = "_HEADERS";

    /// <returns>What is wrong, without the value, which may be a secret; <see langword="null"/> when nothing is.</returns>
    public static string? Check(IConfiguration configuration)
    {
        KeyValuePair<string, string?>[] given =
        [
            .. configuration.AsEnumerable().Where(setting =>
                setting.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && !string.IsNullOrWhiteSpace(setting.Value)),
        ];
        if (Array.Find(given, setting => setting.Key.EndsWith(Endpoints, StringComparison.OrdinalIgnoreCase) && !IsUrl(setting.Value))
            is { Key: { } endpoint })
        {
            return $"{endpoint} must be an absolute URL, such as http://127.0.0.1:4317.";
        }

        return CanExport(given) ? null
            : Array.Find(given, setting => !CanExport(setting)).Key is not { } key
            ? $"The settings {string.Join(", ", given.Select(setting => setting.Key))} do not fit together."
            : key.EndsWith(Headers, StringComparison.OrdinalIgnoreCase)
            ? $"{key} must be names and values, each name once, such as name=value,other=value."
            : $"{key} has a value that OpenTelemetry can't use.";
    }

    private static bool IsUrl(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps);

    // Tried, with nothing to export: what it can use is its own business.
    private static bool CanExport(params KeyValuePair<string, string?>[] settings)
    {
        try
        {
            using var trial = OpenTelemetrySdk.Create(sdk =>
            {
                sdk.Services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
                sdk.WithTracing().WithMetrics().WithLogging().UseOtlpExporter();
            });
            return true;
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException or InvalidOperationException or IOException)
        {
            return false;
        }
    }
}
