namespace UserCache.ApiService;

/// <summary>What answers say of themselves.</summary>
internal static class AnswerHeaders
{
    // Kept by nobody but the caller, who has to ask whether it is still so: it is personal data, and the next read must see a write.
    private const string Private = "private, no-cache";
    private const string NoSniff = "nosniff";

    public static void Set(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = NoSniff;
        headers.CacheControl = Private;
    }

    /// <summary>Sets them where an answer does not say otherwise.</summary>
    public static void UseAnswerHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // At the last moment: the exception handler clears what is set before.
        context.Response.OnStarting(Complete, context.Response);
        return next(context);
    });

    private static Task Complete(object response)
    {
        var headers = ((HttpResponse)response).Headers;
        var said = headers.CacheControl;
        Set(headers);
        if (said.Count > 0)
        {
            headers.CacheControl = said;
        }

        return Task.CompletedTask;
    }
}
