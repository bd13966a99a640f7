using Microsoft.Extensions.Options;
using UserCache.ApiService.Database;
using UserCache.Caching;
using UserCache.Caching.PostgreSql;

namespace UserCache.ApiService.Users;

/// <summary>Registers the users and their cache.</summary>
internal static partial class UsersExtensions
{
    public static void AddUsers(this IHostApplicationBuilder builder)
    {
        builder.AddEntities<UsersDbContext>();
        var services = builder.Services;
        services.AddCacheAside(UsersApi.Cache, "USER::").FromPostgreSql(
            $"SELECT {UserRow.Columns} FROM users WHERE id = ANY ($1)", UserRow.Read, user => user.Id, user => user.Version,
            UsersJsonContext.Default.UserData);
        services.AddSingleton(new DatabaseSeed(SeedAsync));
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, UsersJsonContext.Default));
    }

    private static async Task SeedAsync(IServiceProvider provider, CancellationToken cancellationToken)
    {
        if (provider.GetRequiredService<IOptions<DatabaseOptions>>().Value.AddDemoUsers)
        {
            var added = await DemoUsers.AddAsync(provider.GetRequiredService<UsersDbContext>(), cancellationToken);
            var logger = provider.GetRequiredService<ILogger<User>>();
            Log.DemoUsers(logger, added);
        }

        // So that the first readers, who may be many, do not all wait for this query to be compiled.
        await provider.GetRequiredKeyedService<ICacheSource>(UsersApi.Cache).LoadAsync(["0"], cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 211, Level = LogLevel.Information, Message = "{Count} demo users were added.")]
        public static partial void DemoUsers(ILogger logger, int count);
    }
}
