using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using StackExchange.Redis;
using UserCache.ApiService.Security;
using UserCache.Caching;

namespace UserCache.ApiService;

/// <summary>The Redis of all caches, which Aspire's client integration brings, seen by OpenTelemetry.</summary>
internal static class RedisExtensions
{
    private const string ConnectionName = "cache";

    /// <summary>Adds it.</summary>
    public static IHostApplicationBuilder AddRedis(this IHostApplicationBuilder builder)
    {
        var isGood = ConnectionStrings.TryParseRedis(builder.Configuration.GetConnectionString(ConnectionName), out var connection);
        builder.AddRedisClient(
            ConnectionName,
            settings =>
            {
                settings.ConnectionString = connection?.Options;
                // The engine makes the spans itself; the instrumentation inside keeps ten seconds of commands, also when nobody asks for
                // them.
                settings.DisableTracing = true;
            },
            redis => (redis.User, redis.Password) = (connection?.User ?? redis.User, connection?.Password ?? redis.Password));
        builder.AddOptionalDependency("StackExchange.Redis");

        var services = builder.Services;
        services.AddOptions<ConfigurationOptions>()
            .Configure<IOptions<CacheOptions>, CacheGates>((redis, cache, gates) => redis.TuneForCaching(cache.Value, gates))
            .Configure<AzureIdentity, RedisToken>((redis, identity, token) =>
            {
                if (identity.IsUsed)
                {
                    // What the client would have by default for the host, it would not with these defaults.
                    (redis.Ssl, redis.Defaults) = (redis.Ssl, token);
                }
            });
        if (isGood)
        {
            services.AddSingleton<IValidateOptions<SecurityOptions>>(RuleFor(connection!, $"ConnectionStrings:{ConnectionName}"));
        }

        services.AddOptions<CacheOptions>().Validate(
            _ => isGood,
            $"ConnectionStrings:{ConnectionName} is missing or is no Redis connection string, such as 127.0.0.1:6379,password=… "
            + "(hosts first, and no comma in the password) or redis://:…@127.0.0.1:6379 (percent-encoded, and without a query).");
        services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddSource(CacheTelemetry.SourceName));
        services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddMeter(CacheTelemetry.MeterName));
        return builder;
    }

    private static ConnectionRule RuleFor(RedisConnection connection, string setting)
    {
        var options = ConfigurationOptions.Parse(connection.Options);
        return new ConnectionRule(
            setting, "ssl=true (rediss:// in a URL)", options.Ssl, connection.User ?? options.User,
            HasPassword: (connection.Password ?? options.Password) is not null);
    }
}
