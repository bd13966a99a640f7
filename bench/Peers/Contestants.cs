using System.Globalization;

namespace UserCache.Peers;

/// <summary>
/// One way to answer <c>GET /api/v1/users/{id}</c>; those that cache answer <c>PUT</c> too, and forget the user after the write.
/// </summary>
/// <param name="Add">Its services.</param>
/// <param name="Map">Its routes.</param>
internal sealed record Contestant(Action<WebApplicationBuilder> Add, Action<WebApplication> Map)
{
    public WebApplication Build(WebApplicationBuilder builder)
    {
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.AddUsersTable();
        Add(builder);
        var app = builder.Build();
        Map(app);
        app.MapGet("/health", () => "Healthy");
        return app;
    }
}

/// <summary>All of them, by the name that the bench calls them.</summary>
internal static class Contestants
{
    public const string Path = "/api/v1/users/{id:long}";

    public static IReadOnlyDictionary<string, Contestant> All { get; } = new Dictionary<string, Contestant>
    {
        ["sink"] = Sink.Contestant,
        ["bare"] = Bare.Contestant,
        ["naive"] = Naive.Contestant,
        ["output-cache"] = OutputCache.Contestant,
        ["hybrid-redis"] = Hybrid.SecondLevel,
        ["hybrid"] = Hybrid.BothLevels,
        ["fusion-redis"] = Fusion.SecondLevel,
        ["fusion"] = Fusion.BothLevels,
        ["npgsql"] = Database.Npgsql,
        ["ef"] = Database.EntityFramework,
    };

    /// <summary>How long all of them keep a user: an hour, or <c>PEERS_LIFE</c>.</summary>
    public static TimeSpan Life { get; } =
        TimeSpan.Parse(Environment.GetEnvironmentVariable("PEERS_LIFE") ?? "01:00:00", CultureInfo.InvariantCulture);

    /// <summary>How long HybridCache's first level keeps one: as long, or <c>PEERS_LOCAL_LIFE</c>.</summary>
    public static TimeSpan LocalLife { get; } =
        Environment.GetEnvironmentVariable("PEERS_LOCAL_LIFE") is { } life ? TimeSpan.Parse(life, CultureInfo.InvariantCulture) : Life;

    public static IResult Answer(User? user) => user is null ? Results.NotFound() : Results.Ok(new UserResponse(user));

    public static string Redis(this IHostApplicationBuilder builder) => builder.Configuration.GetConnectionString("cache")!;
}
