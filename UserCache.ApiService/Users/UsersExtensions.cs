using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using OpenTelemetry.Trace;
using UserCache.ApiService.Invalidation;
using UserCache.Caching;

namespace UserCache.ApiService.Users;

/// <summary>Registers the users, their database and their cache.</summary>
internal static class UsersExtensions
{
    private const string DatabaseConnection = "usersdb";
    private const string CacheConnection = "cache";
    private const int CommandTimeoutSeconds = 3;
    private const int ConnectTimeoutSeconds = 2;
    private const int PreparedStatements = 20;

    public static void AddUsers(this IHostApplicationBuilder builder)
    {
        builder.AddRedisCache(CacheConnection, cacheName: "users");

        var services = builder.Services;
        var connection = Tuned(
            builder.Configuration.GetConnectionString(DatabaseConnection),
            new CacheOptions { WriterDeadline = CacheOptions.WriterDeadlineIn(builder.Configuration) }.TimeToCommit);
        // The cache's own reads take it as it is; Entity Framework finds it here.
        services.AddSingleton(provider =>
            new NpgsqlDataSourceBuilder(connection).UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>()).Build());
        services.AddDbContextPool<UsersDbContext>(options => options.UseNpgsql());
        builder.EnrichNpgsqlDbContext<UsersDbContext>(settings =>
        {
            // A statement that is sent again after a broken connection may have been committed the first time: the client decides, not we.
            settings.DisableRetry = true;
            // It would have traces made where they go nowhere.
            settings.DisableTracing = true;
            settings.CommandTimeout ??= CommandTimeoutSeconds;
        });
        services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddSource("Npgsql"));
        // The database may blink: what is cached is still served, if the replicas stay in rotation.
        builder.AddOptionalDependency(nameof(UsersDbContext));

        services.AddOptionsWithValidateOnStart<DatabaseOptions>()
            .BindConfiguration(DatabaseOptions.Section)
            .Validate(
                _ => IsConnectionString(builder.Configuration.GetConnectionString(DatabaseConnection)),
                $"ConnectionStrings:{DatabaseConnection} is missing or is no PostgreSQL connection string, "
                + "such as Host=127.0.0.1;Database=usersdb;Username=….");
        services.AddSingleton<ICacheSource, UsersSource>();
        services.AddSingleton<UserKeys>();
        services.AddSingleton<CachedUsers>();
        services.AddInvalidation(
            connection,
            provider => new Invalidator(
                provider.GetRequiredService<CacheInvalidation>(), provider.GetRequiredService<UserKeys>().Of,
                provider.GetRequiredService<UserKeys>().Pattern("*")),
            after: provider => provider.GetRequiredService<DatabaseSetup>().Done);
        services.AddSingleton<DatabaseSetup>();
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseSetup>());
        services.AddHealthChecks().AddCheck<DatabaseSetup>("database-setup");
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, UsersJsonContext.Default));
    }

    // A database that hangs should cost a request seconds, not the driver's half minute; and the same few statements are sent time and
    // again, so that the server had better keep them prepared. What the connection string says wins.
    private static string? Tuned(string? connectionString, TimeSpan timeToCommit)
    {
        if (!IsConnectionString(connectionString))
        {
            return connectionString;
        }

        // Without waiting for the server to confirm that it gave a command up: one that hangs never does.
        var defaults = new NpgsqlConnectionStringBuilder
        {
            Timeout = ConnectTimeoutSeconds,
            CancellationTimeout = -1,
            MaxAutoPrepare = PreparedStatements,
        };
        var merged = new NpgsqlConnectionStringBuilder($"{defaults.ConnectionString};{connectionString}");
        // The server's own word, and the last one: a writer that was held up must not commit when the cache takes it for dead.
        merged.Options = string.Create(
            CultureInfo.InvariantCulture,
            $"{merged.Options} -c idle_in_transaction_session_timeout={(long)timeToCommit.TotalMilliseconds}").TrimStart();
        return merged.ConnectionString;
    }

    private static bool IsConnectionString(string? value)
    {
        try
        {
            return !string.IsNullOrWhiteSpace(new NpgsqlConnectionStringBuilder(value).Host);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
