using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace UserCache.ApiService;

/// <summary>
/// What the database refuses because of what it holds or is told: the table may have constraints and triggers of others, which this
/// service knows nothing of.
/// </summary>
internal static class DatabaseRefusal
{
    /// <returns>The problem, with what refused by the name that its maker gave it; <see langword="null"/> for any other failure.</returns>
    public static ProblemDetails? Explain(Exception exception) => exception is PostgresException refused ? Explain(refused) : null;

    private static ProblemDetails? Explain(PostgresException refused) => refused.SqlState switch
    {
        PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation =>
            Problem(StatusCodes.Status409Conflict, $"something else has what it would have{Name(refused)}."),
        PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.RestrictViolation =>
            Problem(
                StatusCodes.Status409Conflict,
                $"something else depends on what it would change, or what it depends on is not there{Name(refused)}."),
        PostgresErrorCodes.CheckViolation or PostgresErrorCodes.NotNullViolation or PostgresErrorCodes.WithCheckOptionViolation =>
            Problem(StatusCodes.Status422UnprocessableEntity, $"a value is missing or not allowed{Name(refused)}."),
        // A trigger's own words.
        PostgresErrorCodes.RaiseException => Problem(StatusCodes.Status422UnprocessableEntity, refused.MessageText),
        _ => null,
    };

    private static ProblemDetails Problem(int status, string why) =>
        new() { Status = status, Detail = $"The database refuses the change: {why}" };

    private static string Name(PostgresException refused) =>
        refused.ConstraintName is { } constraint ? $" (constraint \"{constraint}\" of \"{refused.TableName}\")"
        : refused.ColumnName is { } column ? $" (column \"{column}\" of \"{refused.TableName}\")"
        : "";
}
