using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using UserCache.Caching;
using UserCache.Caching.PostgreSql;

namespace UserCache.ApiService.Users;

/// <summary>
/// The calls that change a user, each by one SQL statement in a transaction that is committed through the cache.
/// </summary>
internal static partial class UserWrites
{
    private const string Insert = $"INSERT INTO users (username, email) VALUES ($1, $2) RETURNING {UserRow.Columns}";
    private const string Wanted = "id = $1 AND ($2::bigint[] IS NULL OR version = ANY ($2)) AND version <> ALL ($3)";
    private const string Update = $"UPDATE users SET username = $4, email = $5 WHERE {Wanted} RETURNING {UserRow.Columns}";
    private const string Delete = $"DELETE FROM users WHERE {Wanted} RETURNING id";
    private const string Version = "SELECT version FROM users WHERE id = $1";

    public static async Task<Results<Created<UserResponse>, ProblemHttpResult>> CreateUser(
        [FromBody] UserInput input, [FromKeyedServices(UsersApi.Cache)] CacheAside users, CachedWrites writes, ILogger<User> logger,
        HttpContext context, CancellationToken cancellationToken)
    {
        if (!Preconditions.TryRead(context.Request, out var conditions, out var unreadable))
        {
            return UserProblems.Unreadable(unreadable);
        }

        if (conditions.FailedAt(tag: null) is { } failed)
        {
            return UserProblems.ListIsThere(failed);
        }

        await using var transaction = await writes.BeginAsync(cancellationToken);
        try
        {
            var user = (await transaction.RunAsync(Insert, UserRow.Read, Values(input), cancellationToken))!;
            // Someone may have asked for the id before there was a user.
            CacheStatusHeader.AppendWrite(context.Response, await transaction.CommitAsync((users, user.Id)));
            context.Response.Headers.ETag = EntityTags.For(user.Version);
            return TypedResults.Created($"{UsersApi.Path}/{user.Id}", new UserResponse(user));
        }
        catch (PostgresException failure) when (IsTaken(failure, UsersDbContext.UsernameIndex))
        {
            return UserProblems.UsernameTaken(input.Username);
        }
        catch (PostgresException failure) when (IsTaken(failure, UsersDbContext.PrimaryKey))
        {
            // Nothing that the call could say better, and each further one is given the next id.
            Log.NextIdTaken(logger);
            throw new SourceUnavailableException(
                "No user can be created at the moment: the next id of the database is taken. What to do is in this service's log.");
        }
    }

    public static async Task<Results<Ok<UserResponse>, ProblemHttpResult>> ReplaceUser(
        string id, [FromBody] UserInput input, [FromKeyedServices(UsersApi.Cache)] CacheAside users, CachedWrites writes,
        HttpContext context, CancellationToken cancellationToken)
    {
        if (Check(id, context.Request, out var wanted, out var conditions) is { } problem)
        {
            return problem;
        }

        await using var transaction = await writes.BeginAsync(cancellationToken);
        try
        {
            if (await transaction.RunAsync(
                Update, UserRow.Read, [.. Which(wanted, conditions), .. Values(input)], cancellationToken)
                is not { } user)
            {
                return await WhyNotAsync(transaction, wanted, conditions, cancellationToken);
            }

            CacheStatusHeader.AppendWrite(context.Response, await transaction.CommitAsync((users, user.Id)));
            context.Response.Headers.ETag = EntityTags.For(user.Version);
            return TypedResults.Ok(new UserResponse(user));
        }
        catch (PostgresException failure) when (IsTaken(failure, UsersDbContext.UsernameIndex))
        {
            return UserProblems.UsernameTaken(input.Username);
        }
    }

    public static async Task<Results<NoContent, ProblemHttpResult>> DeleteUser(
        string id, [FromKeyedServices(UsersApi.Cache)] CacheAside users, CachedWrites writes, HttpContext context,
        CancellationToken cancellationToken)
    {
        if (Check(id, context.Request, out var wanted, out var conditions) is { } problem)
        {
            return problem;
        }

        await using var transaction = await writes.BeginAsync(cancellationToken);
        if (await transaction.RunAsync(Delete, row => row.GetInt64(0), Which(wanted, conditions), cancellationToken) == 0)
        {
            return await WhyNotAsync(transaction, wanted, conditions, cancellationToken);
        }

        CacheStatusHeader.AppendWrite(context.Response, await transaction.CommitAsync((users, wanted)));
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult? Check(string id, HttpRequest request, out long user, out Preconditions conditions)
    {
        var canRead = Preconditions.TryRead(request, out conditions, out var unreadable);
        return !UserIds.TryParse(id, out user) ? UserProblems.NoUserId(id) : canRead ? null : UserProblems.Unreadable(unreadable);
    }

    // No row was changed: either it is not there, or at a version for which the conditions do not hold (or did not, a moment ago).
    private static async Task<ProblemHttpResult> WhyNotAsync(
        WriteTransaction transaction, long id, Preconditions conditions, CancellationToken cancellationToken) =>
        conditions.First is { } first
            && await transaction.RunAsync(Version, row => row.GetInt64(0), [Id(id)], cancellationToken) is var version and > 0
            ? UserProblems.Changed(id, conditions.FailedAt(EntityTags.For(version)) ?? first)
            : UserProblems.NotFound(id);

    private static NpgsqlParameter[] Which(long id, Preconditions conditions) =>
    [
        Id(id),
        new NpgsqlParameter<long[]?> { TypedValue = conditions.Allowed },
        new NpgsqlParameter<long[]> { TypedValue = conditions.Refused },
    ];

    private static NpgsqlParameter[] Values(UserInput input) => [Text(input.Username.Normalize()), Text(input.Email)];

    private static NpgsqlParameter<long> Id(long id) => new() { TypedValue = id };

    private static NpgsqlParameter<string?> Text(string? text) => new() { TypedValue = text };

    private static bool IsTaken(PostgresException failure, string index) =>
        failure.SqlState == PostgresErrorCodes.UniqueViolation && failure.ConstraintName == index;

    private static partial class Log
    {
        [LoggerMessage(EventId = 220, Level = LogLevel.Error, Message =
            "No user can be created: the sequence of the ids is behind its table, as after an import with ids. Set it right with: "
            + "SELECT setval(pg_get_serial_sequence('users', 'id'), (SELECT max(id) FROM users))")]
        public static partial void NextIdTaken(ILogger logger);
    }
}
