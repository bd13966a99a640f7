using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace UserCache.ApiService.Users;

/// <summary>What can be wrong with a call, as problem details (RFC 9457).</summary>
internal static class UserProblems
{
    public static ProblemHttpResult BadRequest(string detail) => Problem(StatusCodes.Status400BadRequest, detail);

    public static ProblemHttpResult NoUserId(object id) => BadRequest(Text($"{id} is no user id: ids run from 1 to {long.MaxValue}."));

    public static ProblemHttpResult NotFound(long id) => Problem(StatusCodes.Status404NotFound, Text($"There is no user {id}."));

    public static ProblemHttpResult UsernameTaken(string username) =>
        Problem(StatusCodes.Status409Conflict, $"The username \"{username}\" is taken.");

    /// <param name="header">A condition that can't be read.</param>
    public static ProblemHttpResult Unreadable(string header) =>
        BadRequest($"{header} must be * or a list of entity tags in double quotes, such as \"3\".");

    /// <param name="id">The user.</param>
    /// <param name="header">The condition that does not hold.</param>
    public static ProblemHttpResult Changed(long id, string header) =>
        Problem(
            StatusCodes.Status412PreconditionFailed,
            header == Preconditions.IfMatch
                ? Text($"User {id} is not at a version that If-Match names: read it again, then decide.")
                : Text($"User {id} is at a version that If-None-Match names."));

    /// <param name="header">The condition that does not hold for the list of users.</param>
    public static ProblemHttpResult ListIsThere(string header) =>
        Problem(
            StatusCodes.Status412PreconditionFailed,
            header == Preconditions.IfMatch
                ? "If-Match names a version, and the list of users has none."
                : "If-None-Match asks that there be no list of users, and there is one. Usernames are unique without it.");

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
