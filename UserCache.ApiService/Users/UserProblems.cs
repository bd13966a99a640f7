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

    public static ProblemHttpResult IfMatchUnreadable() =>
        BadRequest("If-Match must be * or a list of entity tags in double quotes, such as \"3\".");

    public static ProblemHttpResult Changed(long id) =>
        Problem(
            StatusCodes.Status412PreconditionFailed,
            Text($"User {id} is not at a version that If-Match names: read it again, then decide."));

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
