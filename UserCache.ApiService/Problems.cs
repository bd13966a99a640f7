using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Primitives;
using Npgsql;
using UserCache.ApiService.Security;
using UserCache.Caching;
using UserCache.Caching.PostgreSql;

namespace UserCache.ApiService;

/// <summary>Every error is answered with problem details (RFC 9457) that say what was wrong.</summary>
internal static partial class Problems
{
    public static void AddProblems(this IServiceCollection services)
    {
        services.AddProblemDetails(options => options.CustomizeProblemDetails = ProblemDetail.Complete);
        services.AddValidation();
        services.AddExceptionHandler<ExceptionHandler>();
        // Otherwise what could not be bound is answered with an empty 400 outside development.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    public static TApp UseProblems<TApp>(this TApp app)
        where TApp : IApplicationBuilder
    {
        // Errors are JSON whatever the client would rather have: an answer without its reason would serve nobody.
        app.Use((context, next) =>
        {
            context.Request.Headers.Accept = StringValues.Empty;
            return next(context);
        });
        app.UseAnswerHeaders();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        return app;
    }

    private sealed partial class ExceptionHandler(ILogger<ExceptionHandler> logger) : IExceptionHandler
    {
        private const string RetryAfterSeconds = "1";

        // Classes of error codes, or codes: a pooler without a server, a standby, a transaction left open for too long, no login, no such
        // database, no schema yet, stopped or cancelled.
        private static readonly string[] AwayStates =
        [
            "08", PostgresErrorCodes.ReadOnlySqlTransaction, "25P03", "28", PostgresErrorCodes.InvalidCatalogName,
            PostgresErrorCodes.UndefinedTable, "53", "57", "58",
        ];

        /// <returns><see langword="false"/> when it is too late for an answer.</returns>
        public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
        {
            if (httpContext.Response.HasStarted)
            {
                return false;
            }

            var hasLeft = httpContext.RequestAborted.IsCancellationRequested;
            var problem = Explain(exception, httpContext);
            if (problem is null && !(hasLeft && (exception is OperationCanceledException or IOException)))
            {
                Log.Unexpected(logger, exception, httpContext.Request.Method, httpContext.Request.Path);
            }

            // Nothing of an answer that was begun, its length above all.
            httpContext.Response.Clear();
            AnswerHeaders.Set(httpContext.Response.Headers);
            if (hasLeft)
            {
                httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
                return true;
            }

            problem ??= new ProblemDetails { Status = StatusCodes.Status500InternalServerError };
            if (problem.Status == StatusCodes.Status503ServiceUnavailable)
            {
                httpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
            }

            await TypedResults.Problem(problem).ExecuteAsync(httpContext);
            return true;
        }

        private static ProblemDetails? Explain(Exception exception, HttpContext context) => exception switch
        {
            BadHttpRequestException { InnerException: JsonException json } => new()
            {
                Status = StatusCodes.Status400BadRequest,
                Detail = JsonProblem.Explain(json),
            },
            BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest, InnerException: null } bad => new()
            {
                Status = StatusCodes.Status400BadRequest,
                Detail = bad.Message.StartsWith("Failed to bind parameter", StringComparison.Ordinal)
                    ? bad.Message
                    : "This call needs a JSON object as its body.",
            },
            BadHttpRequestException bad => new() { Status = bad.StatusCode, Detail = ProblemDetail.Of(context, bad.StatusCode) },
            SourceUnavailableException away => new() { Status = StatusCodes.Status503ServiceUnavailable, Detail = away.Message },
            AuthorityUnavailableException away => new() { Status = StatusCodes.Status503ServiceUnavailable, Detail = away.Message },
            CommitUnknownException => new()
            {
                Status = StatusCodes.Status503ServiceUnavailable,
                Detail = "The database does not serve this call at the moment; whether the change was made is not known.",
            },
            _ when DatabaseRefusal.Explain(exception) is { } refusal => refusal,
            _ when IsDatabaseAway(exception) => new()
            {
                Status = StatusCodes.Status503ServiceUnavailable,
                Detail = "The database does not serve this call at the moment.",
            },
            _ => null,
        };

        // Everything that the driver reports but what the database refused for what the call itself said, or for our own mistakes.
        private static bool IsDatabaseAway(Exception? exception) => exception switch
        {
            null => false,
            PostgresException { IsTransient: true } => true,
            PostgresException refused => AwayStates.Any(state => refused.SqlState.StartsWith(state, StringComparison.Ordinal)),
            // The driver reports some waits with a bare timeout: for a connection that is being made first.
            NpgsqlException or TimeoutException => true,
            _ => IsDatabaseAway(exception.InnerException),
        };

        private static partial class Log
        {
            [LoggerMessage(EventId = 500, Level = LogLevel.Error, Message = "{Method} {Path} failed.")]
            public static partial void Unexpected(ILogger logger, Exception exception, string method, string path);
        }
    }
}
