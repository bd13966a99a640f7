using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry.Trace;
using UserCache.ApiService.Security;
using UserCache.Caching;
using UserCache.Caching.PostgreSql;

namespace UserCache.ApiService.Database;

/// <summary>Registers the database of all kinds of rows, and the relay from its outbox.</summary>
internal static class DatabaseExtensions
{
    /// <summary>The key of the share of connections that are for reading pages.</summary>
    public const string Pages = "pages";

    private const string ConnectionName = "usersdb";
    private const int CommandTimeoutSeconds = 3;
    private const int ConnectTimeoutSeconds = 2;

    /// <summary>Adds it.</summary>
    public static IHostApplicationBuilder AddDatabase(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        var isGood = ConnectionStrings.TryParsePostgres(builder.Configuration.GetConnectionString(ConnectionName), out var given);
        var connection = given is null ? null : Tuned(given);
        // Below that the driver tells its connection string, in which the password of a client's certificate is.
        builder.Logging.AddFilter("Npgsql.Connection", LogLevel.Warning);
        // The caches' own reads take it as it is; Entity Framework finds it here. By its own choice metrics and traces would name it by
        // its connection string.
        services.AddSingleton(provider =>
        {
            var database = new NpgsqlDataSourceBuilder(connection) { Name = ConnectionName }
                .UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>());
            provider.GetRequiredService<Pooler>().Watch(database);
            provider.GetRequiredService<AzureIdentity>().SignIn(database);
            return database.Build();
        });
        services.AddPostgreSqlCaching(connection, new PostgreSqlCachingSetup
        {
            After = static provider => provider.GetRequiredService<DatabaseSetup>().Done,
            MaxWrites = static provider => provider.GetRequiredService<IOptions<DatabaseOptions>>().Value.MaxWrites,
            Configure = static (provider, database) => provider.GetRequiredService<AzureIdentity>().SignIn(database),
        });
        services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddSource("Npgsql"));

        services.AddOptionsWithValidateOnStart<DatabaseOptions>()
            .BindConfiguration(DatabaseOptions.Section)
            .Validate(
                _ => isGood,
                $"ConnectionStrings:{ConnectionName} is missing or is no PostgreSQL connection string, such as "
                + "Host=127.0.0.1;Database=usersdb;Username=… or postgres://…@127.0.0.1/usersdb (percent-encoded).")
            .Validate<IConfiguration>(
                (options, configuration) => connection is null
                    || options.MaxWrites + options.MaxPages + CacheOptions.MaxLoadsIn(configuration)
                        <= new NpgsqlConnectionStringBuilder(connection).MaxPoolSize,
                $"{DatabaseOptions.Section}:{nameof(DatabaseOptions.MaxWrites)}, {nameof(DatabaseOptions.MaxPages)} and "
                + $"{CacheOptions.Section}:{nameof(CacheOptions.MaxLoads)} together must not be more than the connections that "
                + $"ConnectionStrings:{ConnectionName} allows (Maximum Pool Size, 100 by default).")
            .Validate(
                _ => new NpgsqlConnectionStringBuilder(connection) is var pool && pool.MinPoolSize <= pool.MaxPoolSize,
                $"ConnectionStrings:{ConnectionName} has a Minimum Pool Size that is more than its Maximum Pool Size.");
        services.AddSingleton<IValidateOptions<DatabaseOptions>, DatabaseOptionsValidator>();
        if (connection is not null)
        {
            services.AddSingleton<IValidateOptions<SecurityOptions>>(RuleFor(connection));
        }

        services.AddKeyedSingleton(Pages, static (provider, _) => new DatabaseShare(
            "pages", provider.GetRequiredService<IOptions<DatabaseOptions>>().Value.MaxPages, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<DatabaseSetup>();
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseSetup>());
        services.AddHealthChecks().AddCheck<DatabaseSetup>("database-setup");
        return builder;
    }

    /// <summary>Adds a kind of rows: its tables are migrated when the service starts.</summary>
    /// <typeparam name="TContext">Has the tables and their migrations.</typeparam>
    public static void AddEntities<TContext>(this IHostApplicationBuilder builder)
        where TContext : DbContext
    {
        builder.Services.AddDbContextPool<TContext>(options => options.UseNpgsql());
        builder.Services.AddScoped<DbContext>(provider => provider.GetRequiredService<TContext>());
        builder.EnrichNpgsqlDbContext<TContext>(settings =>
        {
            // A statement that is sent again after a broken connection may have been committed the first time: the client decides, not we.
            settings.DisableRetry = true;
            // It would have traces made where they go nowhere.
            settings.DisableTracing = true;
            settings.CommandTimeout ??= CommandTimeoutSeconds;
            // It would open a connection of its own for everyone who asks, and the relay knows how the database is.
            settings.DisableHealthChecks = true;
        });
    }

    private static ConnectionRule RuleFor(string connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString);
        return new ConnectionRule(
            $"ConnectionStrings:{ConnectionName}", "SSL Mode=Require or better (sslmode=require in a URL)",
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
