using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace UserCache.ApiService.Users;

/// <summary>The call that reads many users.</summary>
internal static class UserReads
{
    public const int MaxIds = 100;
    public const int MaxLimit = 100;
    public const int DefaultLimit = 50;

    public static async Task<Results<CachedUsersJson, Ok<UserPageResponse>, ProblemHttpResult>> ListUsers(
        string? ids, long? after, int? limit, CachedUsers users, UsersDbContext database, HttpContext context,
        CancellationToken cancellationToken)
    {
        if (ids is null)
        {
            return limit is < 1 or > MaxLimit ? UserProblems.BadRequest($"limit must be from 1 to {MaxLimit}.")
                : after < 0 ? UserProblems.BadRequest("after must not be negative.")
                : TypedResults.Ok(await PageAsync(database, after ?? 0, limit ?? DefaultLimit, cancellationToken));
        }

        if (after is not null || limit is not null)
        {
            return UserProblems.BadRequest("Ask either for ids or for a page (after, limit), not for both.");
        }

        if (!TryParseIds(ids, out var wanted, out var problem))
        {
            return UserProblems.BadRequest(problem);
        }

        var results = await users.GetManyAsync(wanted, cancellationToken);
        CacheStatusHeader.Append(context.Response, results);
        RequestSpan.SetOutcome(context, results);
        return new CachedUsersJson(
            [.. results.Where(result => result.Payload.Exists).Select(result => result.Payload.Body)],
            [.. wanted.Where((_, place) => !results[place].Payload.Exists)]);
    }

    private static async Task<UserPageResponse> PageAsync(
        UsersDbContext database, long after, int limit, CancellationToken cancellationToken)
    {
        // One row more than asked for tells whether there is a next page.
        var rows = await database.Users.AsNoTracking()
            .Where(user => user.Id > after)
            .OrderBy(user => user.Id)
            .Take(limit + 1)
            .ToListAsync(cancellationToken);
        var page = rows.Take(limit).Select(UserData.From).ToList();
        return new UserPageResponse(page, rows.Count > limit ? page[^1].Id : null);
    }

    // An id that is named twice counts once.
    private static bool TryParseIds(string text, out long[] ids, out string problem)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        ids = [];
        problem = "";
        if (parts.Length > MaxIds)
        {
            problem = $"{parts.Length} ids were asked for; the limit is {MaxIds}.";
            return false;
        }

        var parsed = new List<long>(parts.Length);
        foreach (var part in parts)
        {
            if (!UserIds.TryParse(part, out var id))
            {
                problem = $"\"{part}\" in ids is no user id: give 1 to {MaxIds} whole numbers above 0, separated by commas.";
                return false;
            }

            parsed.Add(id);
        }

        ids = [.. parsed.Distinct()];
        return true;
    }
}
