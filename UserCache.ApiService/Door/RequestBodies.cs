using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace UserCache.ApiService.Door;

/// <summary>What the service takes as a body: JSON as it is, in UTF-8 (RFC 8259), in which every member counts.</summary>
internal static class RequestBodies
{
    private const string Plain = "identity";
    private const string Charset = "utf-8";

    public static void AddRequestBodies(this IServiceCollection services) => services.ConfigureHttpJsonOptions(json =>
    {
        // What is misspelt or said twice would be lost: a user's e-mail address, say.
        json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        json.SerializerOptions.AllowDuplicateProperties = false;
    });

    /// <summary>Refuses what the framework would take for something else, or fail at.</summary>
    /// <param name="app">Knows by now which call it is.</param>
    public static TApp UseRequestBodies<TApp>(this TApp app)
        where TApp : IApplicationBuilder
    {
        app.Use(async (context, next) =>
        {
            var isExpected = context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is not null;
            if (isExpected && Refuse(context) is { } detail)
            {
                await TypedResults.Problem(detail, statusCode: StatusCodes.Status415UnsupportedMediaType).ExecuteAsync(context);
            }
            else if (!isExpected || await TryReceiveAsync(context))
            {
                await next(context);
            }
        });
        return app;
    }

    // All of it before the call begins: the framework takes a client that leaves in the middle for one that was answered, and the server
    // then logs as an error that there is no more to read.
    private static async Task<bool> TryReceiveAsync(HttpContext context)
    {
        var body = context.Request.BodyReader;
        try
        {
            while (true)
            {
                var received = await body.ReadAsync(context.RequestAborted);
                body.AdvanceTo(received.Buffer.Start, received.IsCompleted ? received.Buffer.Start : received.Buffer.End);
                if (received.IsCompleted)
                {
                    return true;
                }
            }
        }
        catch (BadHttpRequestException refused)
        {
            context.Response.StatusCode = refused.StatusCode;
        }
        catch (Exception left) when (left is IOException or OperationCanceledException)
        {
            context.Abort();
        }

        return false;
    }

    private static string? Refuse(HttpContext context)
    {
        var coding = context.Request.Headers.ContentEncoding.ToString();
        if (coding.Length > 0 && !coding.Equals(Plain, StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.AcceptEncoding = Plain;
            return $"The body's Content-Encoding is \"{coding}\": send it as it is.";
        }

        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || !type.Charset.HasValue)
        {
            return null;
        }

        var charset = HeaderUtilities.RemoveQuotes(type.Charset);
        if (!charset.Equals(Charset, StringComparison.OrdinalIgnoreCase))
        {
            return $"The body's charset is \"{charset}\": send UTF-8.";
        }

        // In quotes, the framework would not know it.
        type.Charset = Charset;
        context.Request.ContentType = type.ToString();
        return null;
    }
}
