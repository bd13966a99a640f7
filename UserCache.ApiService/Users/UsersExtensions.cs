using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry.Trace;
using UserCache.ApiService.Invalidation;
using UserCache.ApiService.Security;
using UserCache.Caching;

namespace UserCache.ApiService.Users;

/// <summary>Registers the users, their database and their cache.</summary>
internal static class UsersExtensions
{
    private const string DatabaseConnection = "usersdb";
    private const string CacheConnection = "cache";
    private const int CommandTimeoutSeconds = 3;
    private const int ConnectTimeoutSeconds = 2;

    public static void AddUsers(this IHostApplicationBuilder builder)
    {
        builder.AddRedisCache(CacheConnection, cacheName: "users");

        var services = builder.Services;
        var isGood = ConnectionStrings.TryParsePostgres(builder.Configuration.GetConnectionString(DatabaseConnection), out var given);
        var connection = given is null ? null : Tuned(given);
        // Below that the driver tells its connection string, in which the password of a client's certificate is.
        builder.Logging.AddFilter("Npgsql.Connection", LogLevel.Warning);
        // The cache's own reads take it as it is; Entity Framework finds it here. By its own choice metrics and traces would name it by
        // its connection string.
        services.AddSingleton(provider =>
        {
            var database = new NpgsqlDataSourceBuilder(connection) { Name = DatabaseConnection }
                .UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>());
            provider.GetRequiredService<Pooler>().Watch(database);
            provider.GetRequiredService<AzureIdentity>().SignIn(database);
            return database.Build();
        });
        services.AddSingleton<Pooler>();
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
                _ => isGood,
                $"ConnectionStrings:{DatabaseConnection} is missing or is no PostgreSQL connection string, such as "
                + "Host=127.0.0.1;Database=usersdb;Username=… or postgres://…@127.0.0.1/usersdb (percent-encoded).")
            .Validate<IConfiguration>(
                (options, configuration) => connection is null
                    || options.MaxWrites + options.MaxPages + CacheOptions.MaxLoadsIn(configuration)
                        <= new NpgsqlConnectionStringBuilder(connection).MaxPoolSize,
                $"{DatabaseOptions.Section}:{nameof(DatabaseOptions.MaxWrites)}, {nameof(DatabaseOptions.MaxPages)} and "
                + $"{CacheOptions.Section}:{nameof(CacheOptions.MaxLoads)} together must not be more than the connections that "
                + $"ConnectionStrings:{DatabaseConnection} allows (Maximum Pool Size, 100 by default).");
        services.AddSingleton<IValidateOptions<DatabaseOptions>, DatabaseOptionsValidator>();
        if (connection is not null)
        {
            services.AddSingleton<IValidateOptions<SecurityOptions>>(RuleFor(connection));
        }

        services.AddSingleton<DatabaseShares>();
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

    private static ConnectionRule RuleFor(string connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString);
        return new ConnectionRule(
            $"ConnectionStrings:{DatabaseConnection}", "SSL Mode=Require or better (sslmode=require in a URL)",
            connection.SslMode >= SslMode.Require, connection.Username, HasPassword: connection.Password is not null);
    }

    // A database that hangs should cost a request seconds, not the driver's half minute. Nothing is kept in a session, which behind a
    // pooler is others' as well, so that there is nothing to reset. What the connection string says wins.
    private static string Tuned(string connectionString)
    {
        // Without waiting for the server to confirm that it gave a command up: one that hangs never does.
        var defaults = new NpgsqlConnectionStringBuilder
        {
            Timeout = ConnectTimeoutSeconds,
            CancellationTimeout = -1,
            NoResetOnClose = true,
            // It would look for Kerberos, which small images lack, and say so.
            GssEncryptionMode = GssEncryptionMode.Disable,
        };
        var merged = new NpgsqlConnectionStringBuilder($"{defaults.ConnectionString};{connectionString}");
        // It would be in whatever the driver tells of itself.
        merged.PersistSecurityInfo = false;
        return merged.ConnectionString;
    }
}
