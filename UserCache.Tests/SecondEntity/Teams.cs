using System.Text.Json.Serialization;
using UserCache.ApiService;
using UserCache.Caching.PostgreSql;

namespace UserCache.Tests.SecondEntity;

public sealed record Team(Guid Id, string Name, int Seats, long Version);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web), JsonSerializable(typeof(Team))]
internal sealed partial class TeamsJson : JsonSerializerContext;

internal static class Teams
{
    private const string All = "id, name, seats, version";
    private const string Put = $"INSERT INTO teams (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = $2 RETURNING {All}";
    private const string Move = $"UPDATE teams SET seats = seats + CASE id WHEN $1 THEN -1 ELSE 1 END WHERE id IN ($1, $2) RETURNING {All}";

    public static void AddTeams(this IServiceCollection services)
    {
        services.AddCacheAside("teams", "TEAM::", options => options.SoftExpiry = TimeSpan.FromMinutes(1)).FromPostgreSql(
            $"SELECT {All} FROM teams WHERE id = ANY ($1)", Read, team => team.Id, team => team.Version, TeamsJson.Default.Team);
    }

    public static void MapTeamsApi(this IEndpointRouteBuilder endpoints)
    {
        var teams = endpoints.MapGroup("/api/v1/teams");
        teams.MapGet("/{id:guid}", async (Guid id, CacheAside<Team> teams, HttpResponse response, CancellationToken cancellation) =>
        {
            var result = await teams.Bytes.GetAsync(id, cancellation);
            CacheStatusHeader.Append(response, result);
            await (result.Payload.Exists ? CachedJson.WriteAsync(response, result.Payload.Body)
                : Results.NotFound().ExecuteAsync(response.HttpContext));
        });
        teams.MapGet("", async (Guid[] ids, CacheAside<Team> teams, CancellationToken cancellation) =>
            TypedResults.Ok(await teams.GetManyAsync([.. ids.Distinct().Take(100).Select(id => new RowKey(id))], cancellation)));
        teams.MapPut("/{id:guid}/{name}", async (
            Guid id, string name, CacheAside<Team> teams, CachedWrites writes, HttpResponse response, CancellationToken cancellation) =>
        {
            await using var write = await writes.BeginAsync(cancellation);
            var team = await write.RunAsync(Put, Read, [new() { Value = id }, new() { Value = name }], cancellation);
            CacheStatusHeader.AppendWrite(response, await write.CommitAsync((teams, id)));
            return TypedResults.Ok(team);
        });
        teams.MapPost("/{from:guid}/seats/{to:guid}", async (
            Guid from, Guid to, CacheAside<Team> teams, CachedWrites writes, HttpResponse response, CancellationToken cancellation) =>
        {
            await using var write = await writes.BeginAsync(cancellation);
            var moved = await write.RunAllAsync(Move, Read, [new() { Value = from }, new() { Value = to }], cancellation);
            if (moved.Count < 2)
            {
                return Results.NotFound();
            }

            CacheStatusHeader.AppendWrite(response, await write.CommitAsync((teams, from), (teams, to)));
            return Results.Ok(moved);
        });
    }

    private static Team Read(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetString(1), row.GetInt32(2), row.GetInt64(3));
}
