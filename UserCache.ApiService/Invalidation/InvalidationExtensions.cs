using Microsoft.Extensions.Options;
using Npgsql;
using UserCache.ApiService.Security;
using UserCache.Caching;

namespace UserCache.ApiService.Invalidation;

/// <summary>Registers the outbox relay.</summary>
internal static class InvalidationExtensions
{
    // The relay's and the gauge's.
    private const int Connections = 2;

    /// <summary>Adds the relay from the database that has the outbox to the cache. It has connections that nobody else can take.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="connectionString">The database's.</param>
    /// <param name="invalidator">Knows the cache's keys of rows.</param>
    /// <param name="after">Completes when the database has its outbox.</param>
    public static void AddInvalidation(
        this IServiceCollection services, string? connectionString, Func<IServiceProvider, Invalidator> invalidator,
        Func<IServiceProvider, Task> after)
    {
        services.AddKeyedSingleton(
            typeof(Outbox),
            (provider, _) =>
            {
                var database = new NpgsqlDataSourceBuilder(connectionString)
                {
                    Name = nameof(Outbox), ConnectionStringBuilder = { MaxPoolSize = Connections },
                }
                .UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>());
                provider.GetRequiredService<AzureIdentity>().SignIn(database);
                return database.Build();
            });
        services.AddSingleton(provider => new Outbox(provider.GetRequiredKeyedService<NpgsqlDataSource>(typeof(Outbox))));
        services.AddSingleton<IValidateOptions<InvalidationOptions>, InvalidationOptionsValidator>();
        services.AddOptionsWithValidateOnStart<InvalidationOptions>()
            .BindConfiguration(InvalidationOptions.Section)
            .Validate<IConfiguration>(
                (options, configuration) => options.ReplayWindow >= CacheOptions.WriterDeadlineIn(configuration) * 2,
                $"{InvalidationOptions.Section}:{nameof(InvalidationOptions.ReplayWindow)} must be at least twice "
                + $"{CacheOptions.Section}:{nameof(CacheOptions.WriterDeadline)}: "
                + "what is relayed again after a failover must not have been purged while its writers were waited for.");
        services.AddSingleton(invalidator);
        services.AddSingleton<Func<RedisShard, ShardRelay>>(provider => shard => NewRelay(provider, shard));
        services.AddSingleton<ShardRelays>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<OutboxRelay>(provider, after(provider)));
        services.AddHostedService(provider => provider.GetRequiredService<OutboxRelay>());
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<OutboxGauge>(provider, after(provider)));
        services.AddSingleton<RelayHealth>();
        services.AddHealthChecks().AddCheck<RelayHealth>("outbox-relay");
    }

    private static ShardRelay NewRelay(IServiceProvider provider, RedisShard shard)
    {
        Func<Replay> newBacklog = () => ActivatorUtilities.CreateInstance<Replay>(provider, shard, Horizon.None);
        var opener = ActivatorUtilities.CreateInstance<GateOpener>(provider, shard);
        return ActivatorUtilities.CreateInstance<ShardRelay>(provider, shard, opener, newBacklog);
    }
}
