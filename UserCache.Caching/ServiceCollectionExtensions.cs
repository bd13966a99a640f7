using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UserCache.Caching;

/// <summary>Registers caches.</summary>
public static partial class ServiceCollectionExtensions
{
    /// <summary>
    /// Adds a cache, a <see cref="CacheAside"/> that is a keyed service by its name. The caller says where its rows are from, and adds once
    /// for all caches the connection to Redis, whose options <see cref="RedisTuning.TuneForCaching"/> has tuned, and what opens the
    /// <see cref="CacheGates"/>: until then nothing is read from Redis.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">
    /// What it is called in metrics, in settings (section <c>Cache:{name}</c>) and in the outbox: the table's name, as a rule. A letter,
    /// then up to 62 of A-Z, a-z, 0-9, '_' and '-'.
    /// </param>
    /// <param name="prefix">
    /// What its keys in Redis begin with, such as <c>TEAM::</c>. 1 to 64 of A-Z, a-z, 0-9, '.', '_', ':' and '-'; none begins with another
    /// cache's. The same in all processes that have the cache: with another prefix it needs another name.
    /// </param>
    /// <param name="configure">Sets what is not as for all caches.</param>
    /// <exception cref="ArgumentException">Name or prefix can't be used, or another cache has them.</exception>
    public static CacheAsideBuilder AddCacheAside(
        this IServiceCollection services, string name, string prefix, Action<CacheAsideOptions>? configure = null)
    {
        if (!Prefix().IsMatch(prefix))
        {
            throw new ArgumentException(
                $"The keys of {name} can't begin with \"{prefix}\": 1 to 64 letters, digits, '.', '_', ':' and '-'.", nameof(prefix));
        }

        return services.AddCache(name, prefix, configure);
    }

    /// <summary>The same, without a prefix too: where nobody else uses that Redis.</summary>
    internal static CacheAsideBuilder AddCache(
        this IServiceCollection services, string name, string prefix, Action<CacheAsideOptions>? configure = null)
    {
        Check(services, name, prefix);
        services.TryAddEngine();
        services.AddSingleton(new CacheRegistration(name, prefix));
        services.AddOptionsWithValidateOnStart<CacheAsideOptions>(name)
            .BindConfiguration(CacheOptions.Section).Configure(configure ?? (static _ => { }))
            .BindConfiguration($"{CacheOptions.Section}:{name}");
        services.AddKeyedSingleton(name, (provider, _) => new CacheMetrics(Get<IMeterFactory>(provider), name));
        services.AddKeyedSingleton(name, (provider, _) => NewSource(provider, name, PrefixOf(provider, prefix)));
        services.AddKeyedSingleton(name, (provider, _) => NewAuditor(provider, name));
        services.AddKeyedSingleton(name, (provider, _) => NewCache(provider, name, PrefixOf(provider, prefix)));
        services.AddSingleton<IHostedService>(provider => Get<Auditor>(provider, name));
        return new CacheAsideBuilder(services, name);
    }

    private static void TryAddEngine(this IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(CacheRegistrations)))
        {
            return;
        }

        services.AddSingleton<IValidateOptions<CacheOptions>, CacheOptionsValidator>();
        services.AddSingleton<IValidateOptions<CacheAsideOptions>, CacheAsideOptionsValidator>();
        services.AddOptionsWithValidateOnStart<CacheOptions>().BindConfiguration(CacheOptions.Section)
            .Validate<IEnumerable<CacheRegistration>>(
                static (options, caches) => options.MaxLoads >= caches.Count(),
                $"{CacheOptions.Section}:{nameof(CacheOptions.MaxLoads)} must be one for each cache at least.");
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<CacheRegistrations>();
        services.AddSingleton(provider => new EngineMetrics(Get<IMeterFactory>(provider), Get<CacheRegistrations>(provider)));
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
        services.AddSingleton(provider => new CacheSet(
            Get<CacheRegistrations>(provider).All.Select(cache => Get<CacheAside>(provider, cache.Name))));
        services.AddSingleton(provider => new CacheInvalidation(
            Get<CacheScripts>(provider), Get<CacheStore>(provider), Get<RedisShards>(provider), Get<RedisIdentity>(provider),
            Get<RedisClaim>(provider), Get<CacheRegistrations>(provider), Get<IOptions<CacheOptions>>(provider),
            Get<TimeProvider>(provider)));
        services.AddHostedService<RedisStartupCheck>();
        services.AddHostedService<NearListener>();
    }

    private static void Check(IServiceCollection services, string name, string prefix)
    {
        if (!CacheRegistration.IsName(name))
        {
            throw new ArgumentException(
                $"A cache can't be called \"{name}\": a letter, then up to 62 letters, digits, '_' and '-'.", nameof(name));
        }

        var others = services.Select(service => service.ServiceType == typeof(CacheRegistration) ? service.ImplementationInstance : null);
        foreach (var other in others.OfType<CacheRegistration>())
        {
            if (string.Equals(other.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                throw new ArgumentException($"There is a cache {other.Name} already.", nameof(name));
            }

            if (other.Prefix.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(other.Prefix, StringComparison.Ordinal))
            {
                throw new ArgumentException(
                    $"The keys of {name} ({prefix}) could be those of {other.Name} ({other.Prefix}): neither may begin with the other.",
                    nameof(prefix));
            }
        }
    }

    private static string PrefixOf(IServiceProvider provider, string prefix) =>
        Get<IOptions<CacheOptions>>(provider).Value.KeyPrefix + prefix;

    private static CacheAsideOptions OptionsOf(IServiceProvider provider, string name) =>
        Get<IOptionsMonitor<CacheAsideOptions>>(provider).Get(name);

    private static BoundedSource NewSource(IServiceProvider provider, string name, string prefix) => new(
        provider.GetKeyedService<ICacheSource>(name)
            ?? throw new InvalidOperationException($"Nobody has said where the rows of the cache {name} are from."),
        prefix, Get<CacheRegistrations>(provider).MaxLoadsOf(name), Get<CacheMetrics>(provider, name), OptionsOf(provider, name),
        Get<TimeProvider>(provider));

    private static Auditor NewAuditor(IServiceProvider provider, string name)
    {
        var common = Get<IOptions<CacheOptions>>(provider).Value;
        return new Auditor(
            Get<CacheReader>(provider), Get<CacheStore>(provider), Get<BoundedSource>(provider, name), Get<CacheMetrics>(provider, name),
            OptionsOf(provider, name), common.NearCacheBytes > 0 ? common.NearCacheLife : TimeSpan.Zero, Get<TimeProvider>(provider),
            Get<ILogger<Auditor>>(provider));
    }

    private static CacheAside NewCache(IServiceProvider provider, string name, string prefix)
    {
        var (options, metrics, source) = (OptionsOf(provider, name), Get<CacheMetrics>(provider, name), Get<BoundedSource>(provider, name));
        var (shards, scripts, store) = (Get<RedisShards>(provider), Get<CacheScripts>(provider), Get<CacheStore>(provider));
        var time = Get<TimeProvider>(provider);
        var filler = new CacheFiller(shards, scripts, store, metrics, options, time);
        return new CacheAside(
            name, prefix, Get<CacheReader>(provider), new MissHandler(filler, source, options, time),
            new Refresher(filler, source, Get<ILogger<Refresher>>(provider)), Get<Auditor>(provider, name), store, metrics,
            new CacheAdmin(prefix, shards, scripts, store, Get<CacheGates>(provider), source, options, time), time);
    }

    private static T Get<T>(IServiceProvider provider)
        where T : notnull => provider.GetRequiredService<T>();

    private static T Get<T>(IServiceProvider provider, string name)
        where T : notnull => provider.GetRequiredKeyedService<T>(name);

    [GeneratedRegex(@"\A[A-Za-z0-9._:-]{1,64}\z")]
    private static partial Regex Prefix();
}
