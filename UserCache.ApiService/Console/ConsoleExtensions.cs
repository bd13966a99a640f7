using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Options;

namespace UserCache.ApiService.Console;

/// <summary>The console: one page that shows the cache at work, for development.</summary>
internal static class ConsoleExtensions
{
    private const string Path = "/console";
    private const string Policy = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static readonly EmbeddedFileProvider Page = new(typeof(ConsoleExtensions).Assembly, "console");

    public static void AddConsole(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<ConsoleOptions>, ConsoleOptionsValidator>();
        builder.Services.AddOptionsWithValidateOnStart<ConsoleOptions>().BindConfiguration(ConsoleOptions.Section);
        builder.Services.AddSingleton<Recorder>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Recorder>());
        // The page and its polls.
        builder.LeaveOutOfTraces(request => request.Method == "GET" && request.Path.StartsWithSegments(Path, StringComparison.Ordinal));
    }

    public static void UseConsole(this WebApplication app)
    {
        if (!IsOn(app))
        {
            return;
        }

        // So that the page can link to the trace of what it asked for (W3C Trace Context, level 2).
        app.Use((context, next) =>
        {
            // At the last moment: the exception handler clears what is set before.
            var trace = Activity.Current?.Id;
            context.Response.OnStarting(() => Task.FromResult(context.Response.Headers["traceresponse"] = trace));
            return next(context);
        });
        app.MapGet($"{Path}/activity", GetActivity).ExcludeFromDescription();
        app.MapPost($"{Path}/bursts", Burst.Fire).ExcludeFromDescription();
    }

    /// <summary>Serves the page itself, where errors are explained.</summary>
    public static void UseConsolePage(this WebApplication app)
    {
        if (IsOn(app))
        {
            app.UseFileServer(new FileServerOptions
            {
                RequestPath = Path,
                FileProvider = Page,
                StaticFileOptions = { OnPrepareResponse = file => SetHeaders(file.Context.Response.Headers) },
            });
        }
    }

    private static bool IsOn(WebApplication app) => app.Services.GetRequiredService<IOptions<ConsoleOptions>>().Value.Enabled;

    private static void SetHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-cache";
    }

    private static Results<Ok<ActivityResponse>, ProblemHttpResult> GetActivity(
        string? cache, string? seconds, Recorder recorder, HttpContext context)
    {
        long back = Recorder.Seconds;
        if (seconds is not null && !long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out back))
        {
            return TypedResults.Problem($"\"{seconds}\" is no whole number of seconds.", statusCode: StatusCodes.Status400BadRequest);
        }

        // The next poll should reach whichever replica the load balancer picks, not this one again.
        context.Response.Headers.Connection = "close";
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(recorder.Report(cache, back));
    }
}
