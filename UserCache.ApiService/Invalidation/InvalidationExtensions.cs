using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using UserCache.Caching;

namespace UserCache.ApiService.Invalidation;

/// <summary>Registers the outbox relay.</summary>
internal static class InvalidationExtensions
{
    /// <summary>Adds the relay from the database that has the outbox to the cache.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="key">The cache's key of a row's id.</param>
    /// <param name="after">Completes when the database has its outbox.</param>
    public static void AddInvalidation<TContext>(
        this IServiceCollection services, Func<long, string> key, Func<IServiceProvider, Task> after)
        where TContext : DbContext
    {
        services.AddSingleton<IValidateOptions<InvalidationOptions>, InvalidationOptionsValidator>();
        services.AddOptionsWithValidateOnStart<InvalidationOptions>()
            .BindConfiguration(InvalidationOptions.Section)
            .Validate<IConfiguration>(
                (options, configuration) => options.ReplayWindow >= CacheOptions.WriterDeadlineIn(configuration) * 2,
                $"{InvalidationOptions.Section}:{nameof(InvalidationOptions.ReplayWindow)} must be at least twice "
                + $"{CacheOptions.Section}:{nameof(CacheOptions.WriterDeadline)}: "
                + "what is relayed again after a failover must not have been purged while its writers were waited for.");
        services.AddSingleton(provider => new Invalidator(provider.GetRequiredService<CacheInvalidation>(), key));
        services.AddSingleton<GateOpener>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<OutboxRelay<TContext>>(provider, after(provider)));
        services.AddHostedService(provider => provider.GetRequiredService<OutboxRelay<TContext>>());
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<OutboxGauge<TContext>>(provider, after(provider)));
        services.AddHealthChecks().AddCheck<OutboxRelay<TContext>>("outbox-relay");
    }
}
