using Aspire.StackExchange.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Instrumentation.StackExchangeRedis;
using OpenTelemetry.Trace;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>Stands in for the package Aspire.StackExchange.Redis: same methods, sections and services.</summary>
public static class AspireRedisExtensions
{
    private const string Section = "Aspire:StackExchange:Redis";
    private const string HealthCheckName = "StackExchange.Redis";

    /// <summary>Registers <see cref="IConnectionMultiplexer"/> as a singleton that connects on first use, with health check and tracing.</summary>
    /// <param name="builder">The application's builder.</param>
    /// <param name="connectionName">Name of the connection string.</param>
    /// <param name="configureSettings">Runs after the settings were read.</param>
    /// <param name="configureOptions">Runs after the client's options were read.</param>
    public static void AddRedisClient(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<StackExchangeRedisSettings>? configureSettings = null,
        Action<ConfigurationOptions>? configureOptions = null)
    {
        IConfigurationSection[] sections =
        [
            builder.Configuration.GetSection(Section),
            builder.Configuration.GetSection($"{Section}:{connectionName}"),
        ];

        var settings = new StackExchangeRedisSettings();
        foreach (var section in sections)
        {
            section.Bind(settings);
        }

        settings.ConnectionString = builder.Configuration.GetConnectionString(connectionName) ?? settings.ConnectionString;
        configureSettings?.Invoke(settings);

        builder.Services.AddSingleton<IConnectionMultiplexer>(services => Connect(services, connectionName, settings, sections, configureOptions));

        if (!settings.DisableTracing)
        {
            // As the package does it: the connection is added when it is made, so that telemetry does not open it at the start.
            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing
                .AddSource("OpenTelemetry.Instrumentation.StackExchangeRedis")
                .ConfigureRedisInstrumentation(_ => { })
                .AddInstrumentation(services => services.GetRequiredService<StackExchangeRedisInstrumentation>()));
        }

        if (!settings.DisableHealthChecks)
        {
            builder.Services.AddHealthChecks().AddRedis(services => services.GetRequiredService<IConnectionMultiplexer>(), HealthCheckName);
        }
    }

    private static ConnectionMultiplexer Connect(
        IServiceProvider services,
        string connectionName,
        StackExchangeRedisSettings settings,
        IConfigurationSection[] sections,
        Action<ConfigurationOptions>? configureOptions)
    {
        var options = ConfigurationOptions.Parse(settings.ConnectionString ?? "");
        // The package's default: go on trying rather than fail for good at the first refusal.
        options.AbortOnConnectFail = settings.ConnectionString?.Contains("abortConnect=true", StringComparison.OrdinalIgnoreCase) ?? false;
        foreach (var section in sections)
        {
            section.GetSection(nameof(ConfigurationOptions)).Bind(options);
        }

        configureOptions?.Invoke(options);
        if (options.EndPoints.Count == 0)
        {
            throw new InvalidOperationException($"No Redis endpoint: set ConnectionStrings:{connectionName} or {Section}:ConnectionString.");
        }

        options.LoggerFactory ??= services.GetService<ILoggerFactory>();
        var connection = ConnectionMultiplexer.Connect(options);
        services.GetService<StackExchangeRedisInstrumentation>()?.AddConnection(connection);
        return connection;
    }
}
