using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using UserCache.ApiService.Invalidation;

namespace UserCache.ApiService.Users;

/// <summary>
/// The calls that change a user, each by one SQL statement in a transaction that is committed through the cache.
/// </summary>
internal static class UserWrites
{
    public static async Task<Results<Created<UserResponse>, ProblemHttpResult>> CreateUser(
        [FromBody] UserInput input, CachedUsers users, UsersDbContext database, HttpContext context, CancellationToken cancellationToken)
    {
        var user = new User { Username = input.Username, Email = input.Email };
        await using var transaction = await WriteTransaction.BeginAsync(database, cancellationToken);
        try
        {
            database.Users.Add(user);
            await database.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException failure) when (IsUsernameTaken(failure.InnerException))
        {
            return UserProblems.UsernameTaken(input.Username);
        }

        // Someone may have asked for the id before there was a user.
        CacheStatusHeader.AppendWrite(context.Response, await users.CommitAsync(user.Id, transaction));
        context.Response.Headers.ETag = EntityTags.For(user.Version);
        return TypedResults.Created($"{UsersApi.Path}/{user.Id}", new UserResponse(UserData.From(user)));
    }

    public static async Task<Results<Ok<UserResponse>, ProblemHttpResult>> ReplaceUser(
        long id, [FromBody] UserInput input, CachedUsers users, UsersDbContext database, HttpContext context, CancellationToken cancellationToken)
    {
        if (Check(id, context.Request, out var versions) is { } problem)
        {
            return problem;
        }

        List<User> updated;
        await using var transaction = await WriteTransaction.BeginAsync(database, cancellationToken);
        try
        {
            updated = await database.Users.FromSql(
                $"""
                UPDATE users SET username = {input.Username}, email = {input.Email}
                WHERE id = {id} AND ({versions}::bigint[] IS NULL OR version = ANY ({versions}::bigint[]))
                RETURNING *
                """).AsNoTracking().ToListAsync(cancellationToken);
        }
        catch (PostgresException failure) when (IsUsernameTaken(failure))
        {
            return UserProblems.UsernameTaken(input.Username);
        }

        if (updated is not [var user])
        {
            return await WhyNotAsync(database, id, versions, cancellationToken);
        }

        CacheStatusHeader.AppendWrite(context.Response, await users.CommitAsync(id, transaction));
        context.Response.Headers.ETag = EntityTags.For(user.Version);
        return TypedResults.Ok(new UserResponse(UserData.From(user)));
    }

    public static async Task<Results<NoContent, ProblemHttpResult>> DeleteUser(
        long id, CachedUsers users, UsersDbContext database, HttpContext context, CancellationToken cancellationToken)
    {
        if (Check(id, context.Request, out var versions) is { } problem)
        {
            return problem;
        }

        await using var transaction = await WriteTransaction.BeginAsync(database, cancellationToken);
        var deleted = await database.Users
            .Where(user => user.Id == id && (versions == null || versions.Contains(user.Version)))
            .ExecuteDeleteAsync(cancellationToken);
        if (deleted == 0)
        {
            return await WhyNotAsync(database, id, versions, cancellationToken);
        }

        CacheStatusHeader.AppendWrite(context.Response, await users.CommitAsync(id, transaction));
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult? Check(long id, HttpRequest request, out long[]? versions)
    {
        versions = null;
        return id < 1 ? UserProblems.IdOutOfRange(id)
            : EntityTags.TryGetIfMatch(request, out versions) ? null
            : UserProblems.IfMatchUnreadable();
    }

    // No row was changed: either it is not there, or it is at another version than If-Match names.
    private static async Task<ProblemHttpResult> WhyNotAsync(UsersDbContext database, long id, long[]? versions, CancellationToken cancellationToken) =>
        versions is not null && await database.Users.AnyAsync(user => user.Id == id, cancellationToken)
            ? UserProblems.Changed(id)
            : UserProblems.NotFound(id);

    private static bool IsUsernameTaken(Exception? failure) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: UsersDbContext.UsernameIndex };
}
