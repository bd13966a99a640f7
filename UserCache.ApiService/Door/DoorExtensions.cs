namespace UserCache.ApiService.Door;

/// <summary>What stands between clients and the calls: how much each may send, how often, and what is said of the rest.</summary>
internal static class DoorExtensions
{
    public static IHostApplicationBuilder AddDoor(this IHostApplicationBuilder builder)
    {
        ServerLimits.Add(builder);
        Https.Add(builder);
        HostRefusal.Add(builder.Services);
        builder.Services.AddRateLimit();
        builder.Services.AddRequestBodies();
        builder.Services.AddProblems();
        return builder;
    }

    /// <summary>Sends on and refuses what should not come to the calls.</summary>
    public static WebApplication UseDoor(this WebApplication app)
    {
        app.UseHttps();
        app.UseRateLimit();
        return app;
    }
}
