using System.Data.Common;

namespace UserCache.Caching.PostgreSql;

/// <summary>Which exceptions mean that the database, or the way to it, failed.</summary>
public static class DatabaseFailure
{
    /// <summary>Whether the database is to blame.</summary>
    public static bool Is(Exception? exception) => exception switch
    {
        null => false,
        // The driver reports some waits with a bare timeout.
        DbException or TimeoutException => true,
        _ => Is(exception.InnerException),
    };

    /// <summary>The reason in one sentence.</summary>
    public static string Explain(Exception exception)
    {
        var cause = exception.GetBaseException();
        // A bare timeout does not say what was waited for: an answer, or a connection that others have. What is around it does.
        return cause is TimeoutException && Driver(exception) is { } driver ? driver.Message : cause.Message;
    }

    private static DbException? Driver(Exception? exception) =>
        exception is null or DbException ? (DbException?)exception : Driver(exception.InnerException);
}
