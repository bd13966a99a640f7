using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace UserCache.Caching.PostgreSql;

/// <summary>Registers PostgreSQL's half of the protocol, and caches of its rows.</summary>
public static class PostgreSqlCachingExtensions
{
    // The relay's and the gauge's.
    private const int Connections = 2;

    // After that a server that has fallen silent counts as away: changes are not to wait for it longer when another has taken over.
    private const int CommandTimeoutSeconds = 3;

    /// <summary>
    /// Adds, once for all caches of a process, <see cref="CachedWrites"/> and the relay from the outbox, which has two connections of its
    /// own. Everything else uses the <see cref="NpgsqlDataSource"/> that the caller adds, and has <see cref="Pooler"/> watch.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="connectionString">How to reach the database that has the outbox.</param>
    /// <param name="setup">What is not as by default.</param>
    public static void AddPostgreSqlCaching(
        this IServiceCollection services, string? connectionString, PostgreSqlCachingSetup? setup = null)
    {
        setup ??= new PostgreSqlCachingSetup();
        services.TryAddSingleton<Pooler>();
        services.AddKeyedSingleton(
            typeof(Outbox),
            (provider, _) =>
            {
                var database = new NpgsqlDataSourceBuilder(connectionString)
                {
                    Name = nameof(Outbox),
                    ConnectionStringBuilder = { MinPoolSize = 0, MaxPoolSize = Connections, CommandTimeout = CommandTimeoutSeconds },
                }
                .UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>());
                setup.Configure?.Invoke(provider, database);
                return database.Build();
            });
        services.AddSingleton(provider => new Outbox(
            provider.GetRequiredKeyedService<NpgsqlDataSource>(typeof(Outbox)),
            [.. provider.GetRequiredService<CacheSet>().All.Select(cache => cache.Name)]));
        services.AddSingleton<IValidateOptions<InvalidationOptions>, InvalidationOptionsValidator>();
        services.AddOptionsWithValidateOnStart<InvalidationOptions>()
            .BindConfiguration(InvalidationOptions.Section)
            .Validate<IConfiguration>(
                (options, configuration) => options.ReplayWindow >= CacheOptions.WriterDeadlineIn(configuration) * 2,
                $"{InvalidationOptions.Section}:{nameof(InvalidationOptions.ReplayWindow)} must be at least twice "
                + $"{CacheOptions.Section}:{nameof(CacheOptions.WriterDeadline)}: "
                + "what is relayed again after a failover must not have been purged while its writers were waited for.");
        services.AddSingleton<Invalidator>();
        services.AddSingleton<Func<RedisShard, ShardRelay>>(provider => shard => NewRelay(provider, shard));
        services.AddSingleton<ShardRelays>();
        services.AddSingleton<RelayTurn>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<OutboxRelay>(provider, setup.After(provider)));
        services.AddHostedService(provider => provider.GetRequiredService<OutboxRelay>());
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<OutboxGauge>(provider, setup.After(provider)));
        services.AddSingleton<RelayHealth>();
        services.AddHealthChecks().AddCheck<RelayHealth>("outbox-relay");
        services.AddKeyedSingleton(
            typeof(CachedWrites),
            (provider, _) => new DatabaseShare("writes", setup.MaxWrites(provider), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new CachedWrites(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<Pooler>(),
            provider.GetRequiredService<CacheInvalidation>(), provider.GetRequiredKeyedService<DatabaseShare>(typeof(CachedWrites)),
            provider.GetRequiredService<IOptions<CacheOptions>>()));
    }

    /// <summary>
    /// Says that a cache's rows are from a table of PostgreSQL, which has the triggers of <see cref="CacheMigrations"/>.
    /// </summary>
    /// <param name="cache">The cache.</param>
    /// <param name="select">
    /// A statement that takes the rows' keys as one array, such as <c>SELECT … FROM teams WHERE id = ANY ($1)</c>. It compares them as
    /// they are, letter for letter.
    /// </param>
    /// <param name="read">Reads a row that it returns, and its key.</param>
    /// <typeparam name="TKey"><see cref="long"/>, <see cref="int"/>, <see cref="Guid"/> or <see cref="string"/>.</typeparam>
    public static CacheAsideBuilder FromPostgreSql<TKey>(
        this CacheAsideBuilder cache, string select, Func<NpgsqlDataReader, (TKey Key, SourceRow Row)> read)
        where TKey : IParsable<TKey>
    {
        cache.Services.AddSingleton(new RecordedCache(cache.Name));
        return cache.From(provider => new PostgreSqlSource<TKey>(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<Pooler>(),
            provider.GetRequiredService<IOptionsMonitor<CacheAsideOptions>>().Get(cache.Name).LoadTimeout, select, read));
    }

    /// <summary>The same, of rows that are objects and are cached as JSON; adds a <see cref="CacheAside{T}"/> of them.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="select">A statement that takes the rows' keys as one array.</param>
    /// <param name="read">Reads a row that it returns.</param>
    /// <param name="key">Its key.</param>
    /// <param name="version">Its version.</param>
    /// <param name="json">Made at compile time: a serializer context's.</param>
    /// <typeparam name="TKey"><see cref="long"/>, <see cref="int"/>, <see cref="Guid"/> or <see cref="string"/>.</typeparam>
    /// <typeparam name="T">The row.</typeparam>
    public static CacheAsideBuilder FromPostgreSql<TKey, T>(
        this CacheAsideBuilder cache, string select, Func<NpgsqlDataReader, T> read, Func<T, TKey> key, Func<T, long> version,
        JsonTypeInfo<T> json)
        where TKey : IParsable<TKey>
        where T : class =>
        cache.Of(json).FromPostgreSql<TKey>(select, found =>
        {
            var row = read(found);
            return (key(row), SourceRow.Of(version(row), row, json));
        });

    private static ShardRelay NewRelay(IServiceProvider provider, RedisShard shard)
    {
        Func<Replay> newBacklog = () => ActivatorUtilities.CreateInstance<Replay>(provider, shard, Horizon.None);
        var opener = ActivatorUtilities.CreateInstance<GateOpener>(provider, shard);
        return ActivatorUtilities.CreateInstance<ShardRelay>(provider, shard, opener, newBacklog);
    }
}
