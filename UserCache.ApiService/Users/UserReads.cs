using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using UserCache.ApiService.Database;
using UserCache.Caching;
using UserCache.Caching.PostgreSql;

namespace UserCache.ApiService.Users;

/// <summary>The call that reads many users.</summary>
internal static class UserReads
{
    public static async Task<Results<CachedUsersJson, Ok<UserPageResponse>, StatusCodeHttpResult, ProblemHttpResult>> ListUsers(
        string? ids, string? after, string? limit, [FromKeyedServices(UsersApi.Cache)] CacheAside users, UsersDbContext database,
        [FromKeyedServices(DatabaseExtensions.Pages)] DatabaseShare pages, HttpContext context, CancellationToken cancellationToken)
    {
        if (UserListQuery.Read(ids, after, limit, out var query) is { } problem)
        {
            return UserProblems.BadRequest(problem);
        }

        if (!Preconditions.TryRead(context.Request, out var conditions, out var unreadable))
        {
            return UserProblems.Unreadable(unreadable);
        }

        switch (conditions.FailedAt(tag: null))
        {
            case Preconditions.IfMatch:
                return UserProblems.ListIsThere(Preconditions.IfMatch);
            case Preconditions.IfNoneMatch:
                return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        }

        if (query.Ids is not { } wanted)
        {
            using var turn = await pages.EnterAsync(cancellationToken);
            return TypedResults.Ok(await PageAsync(database, query, cancellationToken));
        }

        var results = await users.GetManyAsync(Array.ConvertAll(wanted, id => new RowKey(id)), cancellationToken);
        CacheStatusHeader.Append(context.Response, results);
        RequestSpan.SetOutcome(context, results);
        return new CachedUsersJson(
            [.. results.Where(result => result.Payload.Exists).Select(result => result.Payload.Body)],
            [.. wanted.Where((_, place) => !results[place].Payload.Exists)]);
    }

    private static async Task<UserPageResponse> PageAsync(UsersDbContext database, UserListQuery query, CancellationToken cancellationToken)
    {
        // One row more than asked for tells whether there is a next page.
        var rows = await database.Users.AsNoTracking()
            .Where(user => user.Id > query.After)
            .OrderBy(user => user.Id)
            .Take(query.Limit + 1)
            .ToListAsync(cancellationToken);
        var page = rows.Take(query.Limit).Select(UserData.From).ToList();
        return new UserPageResponse(page, rows.Count > query.Limit ? page[^1].Id : null);
    }
}
