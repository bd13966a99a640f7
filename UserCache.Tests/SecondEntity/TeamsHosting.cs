using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using UserCache.ApiService;
using UserCache.ApiService.Users;
using UserCache.Tests.SecondEntity;

[assembly: HostingStartup(typeof(TeamsHosting))]

namespace UserCache.Tests.SecondEntity;

/// <summary>
/// Puts the teams into replicas of the service, whose own program knows nothing of them: into those of this process by their services,
/// into processes by what the framework and the runtime let others do when they start.
/// </summary>
internal sealed class TeamsHosting : IHostingStartup, IStartupFilter
{
    private static readonly string Assembly = typeof(TeamsHosting).Assembly.Location;

    /// <summary>The environment of a replica that is a process.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["DOTNET_STARTUP_HOOKS"] = Assembly,
        ["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = Path.GetFileNameWithoutExtension(Assembly),
    };

    /// <summary>Adds the teams to a replica of this process.</summary>
    public static void AddTo(IServiceCollection services)
    {
        services.AddTeams();
        services.AddTransient<IStartupFilter, TeamsHosting>();
    }

    /// <summary>Adds their table to a database that has the users'.</summary>
    public static async Task MigrateAsync(string database)
    {
        var options = new DbContextOptionsBuilder<UsersDbContext>()
            .UseNpgsql($"{database};Pooling=false", npgsql => npgsql.MigrationsAssembly(typeof(TeamsMigration).Assembly))
            // The model is the service's, whose migrations these are not.
            .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning))
            .Options;
        await using var context = new UsersDbContext(options);
        await context.Database.MigrateAsync();
    }

    public void Configure(IWebHostBuilder builder) => builder.ConfigureServices(AddTo);

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.MapWhen(context => context.Request.Path.StartsWithSegments("/api/v1/teams", StringComparison.Ordinal), teams =>
        {
            teams.UseProblems();
            teams.UseRouting();
            teams.UseEndpoints(endpoints => endpoints.MapTeamsApi());
        });
        next(app);
    };
}
