using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using UserCache.ApiService.Users;
using UserCache.Caching;
using UserCache.Caching.PostgreSql;

namespace UserCache.ApiService.Operations;

/// <summary>Which users to fill the cache with: those with some ids, or those that changed last.</summary>
internal sealed record WarmRequest(IReadOnlyList<long>? Ids, int? Recent);

/// <summary>How far a warm-up has come.</summary>
/// <param name="Done">Users looked at.</param>
/// <param name="Of">Users to look at.</param>
/// <param name="Filled">Those that were filled, ids that no user has among them.</param>
/// <param name="Present">Those that were there already.</param>
/// <param name="Refused">Those that were not stored: they are being written, or Redis is full.</param>
/// <param name="Problem">Why it ends before all are done.</param>
internal sealed record WarmProgress(int Done, int Of, int Filled, int Present, int Refused, string? Problem = null);

/// <summary>Fills the cache ahead of its readers, and says as server-sent events how far it is.</summary>
internal static class WarmOperation
{
    public const int MaxUsers = 100_000;
    // Of ids as long as they get, with a comma and a blank between them.
    public const int MaxBytes = MaxUsers * 21 + 1024;
    private const int Batch = 100;

    public static async Task<Results<ServerSentEventsResult<WarmProgress>, ProblemHttpResult>> Warm(
        [FromBody] WarmRequest request, [FromKeyedServices(UsersApi.Cache)] CacheAside cache, UsersDbContext database,
        CancellationToken cancellationToken)
    {
        if (Check(request) is { } wrong)
        {
            return UserProblems.BadRequest(wrong);
        }

        if (!cache.Admin.IsReliedOn)
        {
            return TypedResults.Problem(
                "Redis is not relied on at the moment: there is nothing to fill.",
                statusCode: StatusCodes.Status503ServiceUnavailable);
        }

        var ids = request.Ids?.Distinct().ToArray()
            ?? await database.Users.OrderByDescending(user => user.UpdatedAt).ThenBy(user => user.Id).Take(request.Recent!.Value)
                .Select(user => user.Id).ToArrayAsync(cancellationToken);
        return TypedResults.ServerSentEvents(WarmAsync(ids, cache, cancellationToken));
    }

    private static string? Check(WarmRequest request) => request switch
    {
        { Ids: null, Recent: null } or { Ids: not null, Recent: not null } =>
            "Give either ids, such as {\"ids\": [1, 2, 3]}, or how many of the users that changed last, such as {\"recent\": 1000}.",
        { Recent: < 1 or > MaxUsers } => $"recent must be from 1 to {MaxUsers}.",
        { Ids: { Count: 0 or > MaxUsers } } => $"ids must name 1 to {MaxUsers} users.",
        { Ids: { } ids } when ids.Any(id => id < 1) => $"{ids.First(id => id < 1)} is no user id.",
        _ => null,
    };

    private static async IAsyncEnumerable<SseItem<WarmProgress>> WarmAsync(
        long[] ids, CacheAside cache, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (filled, present) = (0, 0);
        // Also when there is nothing to do: the last event says how it ended.
        var done = 0;
        do
        {
            string? problem = null;
            var batch = ids.Skip(done).Take(Batch).Select(id => new RowKey(id)).ToArray();
            try
            {
                if (batch.Length > 0)
                {
                    var warmed = await cache.WarmAsync(batch, cancellationToken);
                    (filled, present, done) = (filled + warmed.Filled, present + warmed.Present, done + batch.Length);
                }

                problem = cache.Admin.IsReliedOn ? null : "Redis is not relied on any more.";
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                problem = DatabaseFailure.Explain(failure);
            }

            yield return new SseItem<WarmProgress>(new WarmProgress(done, ids.Length, filled, present, done - filled - present, problem));
            if (problem is not null)
            {
                yield break;
            }
        }
        while (done < ids.Length);
    }
}
