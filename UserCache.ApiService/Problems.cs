using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace UserCache.ApiService;

/// <summary>Every error is answered with problem details (RFC 9457) that say what was wrong.</summary>
internal static class Problems
{
    public static void AddProblems(this IServiceCollection services)
    {
        services.AddProblemDetails();
        services.AddValidation();
        services.AddExceptionHandler<ExceptionHandler>();
        // Otherwise what could not be bound is answered with an empty 400 outside development.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    public static void UseProblems(this IApplicationBuilder app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
    }

    private sealed class ExceptionHandler(IProblemDetailsService problems) : IExceptionHandler
    {
        private const string RetryAfterSeconds = "1";

        public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
        {
            var problem = Explain(exception);
            if (problem is null)
            {
                return false;
            }

            httpContext.Response.StatusCode = problem.Status!.Value;
            if (problem.Status == StatusCodes.Status503ServiceUnavailable)
            {
                httpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
            }

            return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = problem, Exception = exception });
        }

        private static ProblemDetails? Explain(Exception exception) => exception switch
        {
            BadHttpRequestException { InnerException: JsonException json } => new()
            {
                Status = StatusCodes.Status400BadRequest,
                Detail = $"The body could not be read as JSON for this call: {json.Message}",
            },
            BadHttpRequestException bad => new() { Status = bad.StatusCode, Detail = bad.Message },
            _ when IsDatabaseAway(exception) => new()
            {
                Status = StatusCodes.Status503ServiceUnavailable,
                Detail = "The database does not answer at the moment.",
            },
            _ => null,
        };

        private static bool IsDatabaseAway(Exception? exception) =>
            exception is NpgsqlException { IsTransient: true } || (exception is not null && IsDatabaseAway(exception.InnerException));
    }
}
