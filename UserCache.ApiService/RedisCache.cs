using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using StackExchange.Redis;
using UserCache.Caching;

namespace UserCache.ApiService;

/// <summary>The cache over the Redis that Aspire's client integration brings, seen by OpenTelemetry.</summary>
internal static class RedisCache
{
    /// <summary>Adds it. The caller adds an <see cref="ICacheSource"/> and what opens the <see cref="CacheGate"/>.</summary>
    /// <param name="builder">The application's builder.</param>
    /// <param name="connectionName">Name of the connection string.</param>
    /// <param name="cacheName">What the cache is called in metrics.</param>
    public static void AddRedisCache(this IHostApplicationBuilder builder, string connectionName, string cacheName)
    {
        // The engine makes the spans itself; the instrumentation inside keeps ten seconds of commands, also when nobody asks for them.
        builder.AddRedisClient(connectionName, settings => settings.DisableTracing = true);
        builder.AddOptionalDependency("StackExchange.Redis");

        var services = builder.Services;
        services.AddCaching(cacheName);
        services.AddOptions<ConfigurationOptions>()
            .Configure<IOptions<CacheOptions>, CacheGate>((redis, cache, gate) => redis.TuneForCaching(cache.Value, gate));
        services.AddOptions<CacheOptions>().Validate(
            _ => IsConnectionString(builder.Configuration.GetConnectionString(connectionName)),
            $"ConnectionStrings:{connectionName} is missing or is no Redis connection string, such as 127.0.0.1:6379,password=….");
        services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddSource(CacheTelemetry.SourceName));
        services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddMeter(CacheTelemetry.MeterName));
    }

    private static bool IsConnectionString(string? value)
    {
        try
        {
            return ConfigurationOptions.Parse(value ?? "").EndPoints.Count > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
