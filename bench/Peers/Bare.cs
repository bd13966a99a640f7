using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;

namespace UserCache.Peers;

/// <summary>No cache and no database: the same bytes from memory. What Kestrel costs.</summary>
internal static class Bare
{
    // As many as are asked for.
    private const int Users = 1_000;

    public static Contestant Contestant { get; } = new(_ => { }, Map);

    private static void Map(WebApplication app)
    {
        var bodies = app.Services.GetRequiredService<UsersTable>().ReadFirstAsync(Users).GetAwaiter().GetResult()
            .ToFrozenDictionary(
                user => user.Id,
                user => JsonSerializer.SerializeToUtf8Bytes(new UserResponse(user), JsonSerializerOptions.Web));
        app.MapGet(Contestants.Path, async (HttpContext context) =>
        {
            var body = bodies[long.Parse((string)context.Request.RouteValues["id"]!, CultureInfo.InvariantCulture)];
            context.Response.ContentType = "application/json; charset=utf-8";
            context.Response.ContentLength = body.Length;
            await context.Response.BodyWriter.WriteAsync(body);
        });
    }
}
