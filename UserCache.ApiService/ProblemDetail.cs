using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Features;

namespace UserCache.ApiService;

/// <summary>What was wrong, in the caller's words, where the framework has not said it so.</summary>
internal static class ProblemDetail
{
    /// <summary>Completes the answers that the framework makes.</summary>
    public static void Complete(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        if (problem is HttpValidationProblemDetails invalid)
        {
            invalid.Errors = invalid.Errors.ToDictionary(error => JsonNamingPolicy.CamelCase.ConvertName(error.Key), error => error.Value);
            invalid.Detail = string.Join(' ', invalid.Errors.Values.SelectMany(sentences => sentences));
        }

        problem.Detail ??= Of(context.HttpContext, problem.Status);
    }

    /// <returns>The sentence for a status; <see langword="null"/> for one that only the call can explain.</returns>
    public static string? Of(HttpContext context, int? status)
    {
        var (request, path) = (context.Request, context.Request.Path.Value);
        return status switch
        {
            StatusCodes.Status400BadRequest => "The request could not be read to its end.",
            StatusCodes.Status401Unauthorized => "This call needs a valid token, as Authorization: Bearer …",
            StatusCodes.Status403Forbidden => $"This call needs a token with the scope {Scope(context)}.",
            StatusCodes.Status404NotFound => $"There is nothing at {path}.",
            StatusCodes.Status405MethodNotAllowed => $"{path} does not take {request.Method}: it takes {context.Response.Headers.Allow}.",
            StatusCodes.Status408RequestTimeout => "The body came too slowly.",
            StatusCodes.Status412PreconditionFailed => $"{path} is at a version for which the request's conditions do not hold.",
            StatusCodes.Status413PayloadTooLarge => TooLarge(context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize),
            StatusCodes.Status415UnsupportedMediaType => request.ContentType is { Length: > 0 } type
                ? $"The body's Content-Type is \"{type}\": send application/json."
                : "The body has no Content-Type: send application/json.",
            StatusCodes.Status416RangeNotSatisfiable => $"{path} has no part in the Range \"{request.Headers.Range}\".",
            _ => null,
        };
    }

    private static string? Scope(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>()?.Policy;

    private static string TooLarge(long? limit) => FormattableString.Invariant($"The body is too large: the limit is {limit} bytes.");
}
