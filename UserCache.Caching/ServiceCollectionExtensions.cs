using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UserCache.Caching;

/// <summary>Registers the cache.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>
    /// Adds the cache, with the settings of section <c>Cache</c>. The caller adds the connection to Redis, whose options
    /// <see cref="RedisTuning.TuneForCaching"/> has tuned, an <see cref="ICacheSource"/>, and what opens the <see cref="CacheGates"/>:
    /// until then nothing is read from Redis.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="cacheName">What the cache is called in metrics.</param>
    public static IServiceCollection AddCaching(this IServiceCollection services, string cacheName)
    {
        services.AddSingleton<IValidateOptions<CacheOptions>, CacheOptionsValidator>();
        services.AddOptionsWithValidateOnStart<CacheOptions>().BindConfiguration(CacheOptions.Section);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new CacheMetrics(provider.GetRequiredService<IMeterFactory>(), cacheName));
        services.AddSingleton<CacheGates>();
        services.AddSingleton<LostConnection>();
        services.AddSingleton<RedisShards>();
        services.AddSingleton<RedisIdentity>();
        services.AddSingleton<RedisClaim>();
        services.AddSingleton<BatchedGets>();
        services.AddSingleton<NearCache>();
        services.AddSingleton<CacheScripts>();
        services.AddSingleton<CacheStore>();
        services.AddSingleton<CacheReader>();
        services.AddSingleton<BoundedSource>();
        services.AddSingleton<MissHandler>();
        services.AddSingleton<Refresher>();
        services.AddSingleton<Auditor>();
        services.AddSingleton(provider => new CacheAside(
            Get<CacheReader>(provider), Get<MissHandler>(provider), Get<Refresher>(provider), Get<Auditor>(provider),
            Get<CacheMetrics>(provider), Get<TimeProvider>(provider)));
        services.AddSingleton(provider => new CacheInvalidation(
            Get<CacheScripts>(provider), Get<CacheStore>(provider), Get<RedisShards>(provider), Get<RedisIdentity>(provider),
            Get<RedisClaim>(provider), Get<IOptions<CacheOptions>>(provider), Get<TimeProvider>(provider)));
        services.AddSingleton(provider => new CacheAdmin(
            Get<RedisShards>(provider), Get<CacheScripts>(provider), Get<CacheStore>(provider), Get<CacheGates>(provider),
            Get<MissHandler>(provider), Get<BoundedSource>(provider), Get<IOptions<CacheOptions>>(provider), Get<TimeProvider>(provider),
            Get<ILogger<CacheAdmin>>(provider)));
        services.AddHostedService<RedisStartupCheck>();
        services.AddHostedService<NearListener>();
        services.AddHostedService(Get<Auditor>);
        return services;
    }

    private static T Get<T>(IServiceProvider provider)
        where T : notnull => provider.GetRequiredService<T>();
}
