using Npgsql;
using UserCache.ApiService.Caching;

namespace UserCache.ApiService.Users;

/// <summary>Registers the users, their database and their cache.</summary>
internal static class UsersExtensions
{
    private const string DatabaseConnection = "usersdb";
    private const string CacheConnection = "cache";
    private const int CommandTimeoutSeconds = 5;

    public static void AddUsers(this IHostApplicationBuilder builder)
    {
        builder.AddCaching(CacheConnection, cacheName: "users");

        builder.AddNpgsqlDbContext<UsersDbContext>(DatabaseConnection, settings =>
        {
            // A statement that is sent again after a broken connection may have been committed the first time: the client decides, not we.
            settings.DisableRetry = true;
            settings.CommandTimeout ??= CommandTimeoutSeconds;
        });
        // The database may blink: what is cached is still served, if the replicas stay in rotation.
        builder.AddOptionalDependency(nameof(UsersDbContext));

        var services = builder.Services;
        services.AddOptionsWithValidateOnStart<DatabaseOptions>()
            .BindConfiguration(DatabaseOptions.Section)
            .Validate(
                _ => IsConnectionString(builder.Configuration.GetConnectionString(DatabaseConnection)),
                $"ConnectionStrings:{DatabaseConnection} is missing or is no PostgreSQL connection string, such as Host=127.0.0.1;Database=usersdb;Username=….");
        services.AddSingleton<CachedUsers>();
        services.AddSingleton<DatabaseSetup>();
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseSetup>());
        services.AddHealthChecks().AddCheck<DatabaseSetup>("database-setup");
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, UsersJsonContext.Default));
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
