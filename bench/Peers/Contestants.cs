using System.Globalization;

namespace UserCache.Peers;

/// <summary>One way to answer <c>GET /api/v1/users/{id}</c>; those that cache answer <c>PUT</c> too, and forget the user after the write.</summary>
/// <param name="Add">Its services.</param>
/// <param name="Map">Its routes.</param>
internal sealed record Contestant(Action<WebApplicationBuilder> Add, Action<WebApplication> Map);

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
    public static TimeSpan Life { get; } = TimeSpan.Parse(Environment.GetEnvironmentVariable("PEERS_LIFE") ?? "01:00:00", CultureInfo.InvariantCulture);

    public static IResult Answer(User? user) => user is null ? Results.NotFound() : Results.Ok(new UserResponse(user));

    public static string Redis(this IHostApplicationBuilder builder) => builder.Configuration.GetConnectionString("cache")!;
}
