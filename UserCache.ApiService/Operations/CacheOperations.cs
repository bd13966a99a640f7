using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using UserCache.Caching;
using UserCache.ApiService.Users;

namespace UserCache.ApiService.Operations;

/// <summary>The management port's calls on the cache.</summary>
internal static partial class CacheOperations
{
    public static void MapCacheOperations(this IEndpointRouteBuilder endpoints)
    {
        var users = endpoints.MapGroup("/cache/users").AddEndpointFilter(ExplainRedisAway);
        users.MapGet("/{id}", Inspect);
        users.MapDelete("/{id}", Evict);
        users.MapDelete("", Flush);
        users.MapPost("/warm", WarmOperation.Warm).WithMetadata(new RequestSizeLimitAttribute(WarmOperation.MaxBytes));
        // Not something to do to a database of real users.
        if (endpoints.ServiceProvider.GetRequiredService<IOptions<DatabaseOptions>>().Value.AddDemoUsers)
        {
            endpoints.MapPost("/users/demo", AddDemoUsers);
        }
    }

    /// <summary>What the cache holds of a user, how it would answer, and whether it agrees with the database.</summary>
    public static async Task<Results<Ok<UserInspection>, ProblemHttpResult>> Inspect(
        string id, CacheAdmin cache, UserKeys keys, CancellationToken cancellationToken)
    {
        if (!UserIds.TryParse(id, out var user))
        {
            return UserProblems.NoUserId(id);
        }

        var key = keys.Of(user);
        var inspection = await cache.InspectAsync(key);
        CachePayload? row = null;
        string? whyNoRow = null;
        try
        {
            row = await cache.ReadSourceAsync(key, cancellationToken);
        }
        // Of use without the row, too: most of all then.
        catch (Exception away) when (!cancellationToken.IsCancellationRequested)
        {
            whyNoRow = DatabaseFailure.Explain(away);
        }

        return TypedResults.Ok(UserInspection.From(key, inspection, row, whyNoRow));
    }

    public static async Task<Results<Ok<EvictionResponse>, ProblemHttpResult>> Evict(string id, CacheAdmin cache, UserKeys keys) =>
        UserIds.TryParse(id, out var user)
            ? TypedResults.Ok(new EvictionResponse(await cache.EvictAsync(keys.Of(user)) ? 1 : 0))
            : UserProblems.NoUserId(id);

    /// <param name="match">Which ids, as a pattern of Redis' <c>SCAN</c>; all when it is left out.</param>
    /// <param name="cache">The cache.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="request">The call, which must not be one that was meant for something smaller.</param>
    /// <param name="cancellationToken">Ends the scan.</param>
    public static async Task<Results<Ok<EvictionResponse>, ProblemHttpResult>> Flush(
        string? match, CacheAdmin cache, UserKeys keys, HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.Path.Value!.EndsWith('/') || request.Query.Keys.Any(key => key != nameof(match)))
        {
            return UserProblems.BadRequest(
                "This would flush all users. "
                + "Say /cache/users/{id} for one, /cache/users?match={pattern} for some, /cache/users for all.");
        }

        if (match is not null && !IdPattern().IsMatch(match))
        {
            return UserProblems.BadRequest(
                "match is a pattern of ids: digits, * for any, ? for one, [0-4] for one of some; at most 64 characters.");
        }

        return TypedResults.Ok(new EvictionResponse(await cache.FlushAsync(keys.Pattern(match ?? "*"), cancellationToken)));
    }

    /// <summary>Adds those of the demo users that are not there.</summary>
    public static async Task<Ok<DemoUsersResponse>> AddDemoUsers(UsersDbContext database, CancellationToken cancellationToken) =>
        TypedResults.Ok(new DemoUsersResponse(await DemoUsers.AddMissingAsync(database, cancellationToken)));

    // Reads and writes of users never fail for this; operators want to know.
    private static async ValueTask<object?> ExplainRedisAway(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
            return TypedResults.Problem(
                $"Redis does not carry this out at the moment: {RedisFailure.Explain(failure)}",
                statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    [GeneratedRegex(@"\A(?=.{1,64}\z)([0-9*?]|\[[0-9-]+\])+\z")]
    private static partial Regex IdPattern();
}

/// <summary>How many entries were removed.</summary>
internal sealed record EvictionResponse(long Removed);

/// <summary>How many users were added.</summary>
internal sealed record DemoUsersResponse(int Added);
