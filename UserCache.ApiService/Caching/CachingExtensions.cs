using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using OpenTelemetry.Trace;
using StackExchange.Redis;

namespace UserCache.ApiService.Caching;

/// <summary>Registers the cache.</summary>
internal static class CachingExtensions
{
    private const int ConnectTimeoutMilliseconds = 2_000;
    private const int ConfigCheckSeconds = 2;

    // Redis spans arrive that much after the rest of their trace.
    private static readonly TimeSpan SpanInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReconnectInterval = TimeSpan.FromMilliseconds(500);

    // Command timeouts are noticed by the client's heartbeat: its default, a second, would make 250 ms into more than one second.
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Adds the cache over the Redis that Aspire's client integration brings under a connection name. The caller adds an <see cref="ICacheSource"/>,
    /// and what opens the <see cref="CacheGate"/>: until then nothing is read from Redis.
    /// </summary>
    /// <param name="builder">The application's builder.</param>
    /// <param name="connectionName">Name of the connection string.</param>
    /// <param name="cacheName">What the cache is called in metrics.</param>
    public static void AddCaching(this IHostApplicationBuilder builder, string connectionName, string cacheName)
    {
        var services = builder.Services;
        services.AddSingleton<IValidateOptions<CacheOptions>, CacheOptionsValidator>();
        services.AddOptionsWithValidateOnStart<CacheOptions>()
            .BindConfiguration(CacheOptions.Section)
            .Validate(
                _ => IsConnectionString(builder.Configuration.GetConnectionString(connectionName)),
                $"ConnectionStrings:{connectionName} is missing or is no Redis connection string, such as 127.0.0.1:6379,password=….");

        var gate = new CacheGate();
        builder.AddRedisClient(
            connectionName,
            // The instrumentation inside keeps ten seconds of commands, also when nobody asks for them.
            settings => settings.DisableTracing = true,
            options =>
            {
                Tune(options, builder.Configuration.GetSection(CacheOptions.Section).Get<CacheOptions>() ?? new CacheOptions());
                options.Tunnel = new ConnectionWatch(gate, options.Tunnel);
            });

        builder.AddOptionalDependency("StackExchange.Redis");

        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new CacheMetrics(provider.GetRequiredService<IMeterFactory>(), cacheName));
        services.AddSingleton(gate);
        services.AddSingleton<RedisLink>();
        services.AddSingleton<CacheStore>();
        services.AddSingleton<BoundedSource>();
        services.AddSingleton<ReadThrough>();
        services.AddSingleton<Refresher>();
        services.AddSingleton<Auditor>();
        services.AddSingleton<CacheAside>();
        services.AddSingleton<CacheAdmin>();
        services.AddHostedService<RedisStartupCheck>();
        services.AddHostedService(provider => provider.GetRequiredService<Auditor>());
        services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddSource(CacheTelemetry.SourceName).AddRedisInstrumentation(options => options.FlushInterval = SpanInterval))
            .WithMetrics(metrics => metrics.AddMeter(CacheTelemetry.MeterName));
    }

    // Short waits, and no queueing of commands while disconnected: a request is better off with the database than in a backlog.
    private static void Tune(ConfigurationOptions options, CacheOptions cache)
    {
        var timeout = (int)cache.RedisTimeout.TotalMilliseconds;
        options.AbortOnConnectFail = false;
        // For INFO, which tells one run of a server from the next.
        options.AllowAdmin = true;
        // How soon a replica that has taken over is noticed, where nobody announces it.
        options.ConfigCheckSeconds = ConfigCheckSeconds;
        // Its exceptions otherwise carry a screenful of counters each.
        options.IncludeDetailInExceptions = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.AsyncTimeout = timeout;
        options.SyncTimeout = timeout;
        options.ConnectTimeout = ConnectTimeoutMilliseconds;
        options.ConnectRetry = 1;
        options.ReconnectRetryPolicy = new LinearRetry((int)ReconnectInterval.TotalMilliseconds);
        options.HeartbeatInterval = HeartbeatInterval;
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
