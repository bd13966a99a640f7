using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using UserCache.ApiService.Database;
using UserCache.ApiService.Users;
using UserCache.Caching;
using UserCache.Caching.PostgreSql;

namespace UserCache.ApiService.Operations;

/// <summary>The management port's calls on the cache.</summary>
internal static partial class CacheOperations
{
    public static void MapCacheOperations(this IEndpointRouteBuilder endpoints)
    {
        var caches = endpoints.MapGroup("/cache").AddEndpointFilter(ExplainRedisAway);
        caches.MapGet("/{name}/{row}", Inspect);
        caches.MapDelete("/{name}/{row}", Evict);
        caches.MapDelete("/{name}", Flush);
        caches.MapPost($"/{UsersApi.Cache}/warm", WarmOperation.Warm)
            .WithMetadata(new RequestSizeLimitAttribute(WarmOperation.MaxBytes));
        // Not something to do to a database of real users.
        if (endpoints.ServiceProvider.GetRequiredService<IOptions<DatabaseOptions>>().Value.AddDemoUsers)
        {
            endpoints.MapPost("/users/demo", AddDemoUsers);
        }
    }

    /// <summary>What a cache holds of a row, how it would answer, and whether it agrees with the database.</summary>
    public static async Task<Results<Ok<CacheInspectionResponse>, ProblemHttpResult>> Inspect(
        string name, string row, CacheSet caches, CancellationToken cancellationToken)
    {
        if (!TryFind(name, row, caches, out var cache, out var problem))
        {
            return problem;
        }

        var inspection = await cache.Admin.InspectAsync(row, cancellationToken);
        CachePayload? payload = null;
        string? whyNoRow = null;
        try
        {
            payload = await cache.Admin.ReadSourceAsync(row, cancellationToken);
        }
        // Of use without the row, too: most of all then.
        catch (Exception away) when (!cancellationToken.IsCancellationRequested)
        {
            whyNoRow = DatabaseFailure.Explain(away);
        }

        return TypedResults.Ok(CacheInspectionResponse.From(cache.KeyOf(row), inspection, payload, whyNoRow));
    }

    public static async Task<Results<Ok<EvictionResponse>, ProblemHttpResult>> Evict(
        string name, string row, CacheSet caches, ILogger<CacheSet> logger, CancellationToken cancellationToken)
    {
        if (!TryFind(name, row, caches, out var cache, out var problem))
        {
            return problem;
        }

        var wasThere = await cache.EvictAsync(row, cancellationToken);
        var key = cache.KeyOf(row);
        Log.Evicted(logger, key, wasThere);
        return TypedResults.Ok(new EvictionResponse(wasThere ? 1 : 0));
    }

    /// <param name="name">Of the cache.</param>
    /// <param name="match">Which rows' keys, as a pattern of Redis' <c>SCAN</c>; all when it is left out.</param>
    /// <param name="caches">All caches.</param>
    /// <param name="logger">Is told.</param>
    /// <param name="request">The call, which must not be one that was meant for something smaller.</param>
    /// <param name="cancellationToken">Ends the scan.</param>
    public static async Task<Results<Ok<EvictionResponse>, ProblemHttpResult>> Flush(
        string name, string? match, CacheSet caches, ILogger<CacheSet> logger, HttpRequest request, CancellationToken cancellationToken)
    {
        if (!caches.TryGet(name, out var cache))
        {
            return NoCache(name, caches);
        }

        if (request.Path.Value!.EndsWith('/') || request.Query.Keys.Any(key => key != nameof(match)))
        {
            return UserProblems.BadRequest(
                $"This would flush all {name}. "
                + $"Say /cache/{name}/{{id}} for one, /cache/{name}?match={{pattern}} for some, /cache/{name} for all.");
        }

        if (match is not null && !RowPattern().IsMatch(match))
        {
            return UserProblems.BadRequest(
                "match is a pattern of ids: what they are made of, * for any, ? for one, [0-4] for one of some; at most 64 characters.");
        }

        var removed = await cache.Admin.FlushAsync(match ?? "*", cancellationToken);
        var keys = cache.KeysLike(match ?? "*");
        Log.Flushed(logger, keys, removed);
        return TypedResults.Ok(new EvictionResponse(removed));
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

    private static bool TryFind(
        string name, string row, CacheSet caches,
        [NotNullWhen(true)] out CacheAside? cache, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        problem = !caches.TryGet(name, out cache) ? NoCache(name, caches)
            : !cache.Admin.IsKey(row) ? UserProblems.BadRequest($"{row} is no id of {name}.")
            : null;
        return problem is null && cache is not null;
    }

    private static ProblemHttpResult NoCache(string name, CacheSet caches) => TypedResults.Problem(
        $"There is no cache {name}: there is {string.Join(", ", caches.All.Select(cache => cache.Name).Order(StringComparer.Ordinal))}.",
        statusCode: StatusCodes.Status404NotFound);

    [GeneratedRegex(@"\A(?=.{1,64}\z)([A-Za-z0-9_.:*?-]|\[[A-Za-z0-9-]+\])+\z")]
    private static partial Regex RowPattern();

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 150, Level = LogLevel.Information, Message = "{Key} was evicted by an operator; it was cached: {WasThere}.")]
        public static partial void Evicted(ILogger logger, string key, bool wasThere);

        [LoggerMessage(
            EventId = 151, Level = LogLevel.Warning, Message = "{Pattern} was flushed by an operator: {Count} entries were removed.")]
        public static partial void Flushed(ILogger logger, string pattern, long count);
    }
}

/// <summary>How many entries were removed.</summary>
internal sealed record EvictionResponse(long Removed);

/// <summary>How many users were added.</summary>
internal sealed record DemoUsersResponse(int Added);
