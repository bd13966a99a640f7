using Microsoft.AspNetCore.HostFiltering;

namespace UserCache.ApiService.Door;

/// <summary>Says, as for all errors, what was wrong when the framework refuses a call by another name than the service's.</summary>
internal sealed class HostRefusal : IStartupFilter
{
    public static void Add(IServiceCollection services)
    {
        // Before the framework's, which would stop the request first.
        services.Insert(0, ServiceDescriptor.Transient<IStartupFilter, HostRefusal>());
        services.Configure<HostFilteringOptions>(filter => filter.IncludeFailureMessage = false);
    }

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        // It refuses at once, and leaves the answer open: whatever takes time, such as a hit, passes.
        app.Use(answer => context =>
        {
            var answered = answer(context);
            return answered.IsCompletedSuccessfully
                && context.Response is { StatusCode: StatusCodes.Status400BadRequest, HasStarted: false }
                ? RefuseAsync(context)
                : answered;
        });
        next(app);
    };

    // The header as it is: what is no name in punycode can't be taken for a host.
    private static Task RefuseAsync(HttpContext context)
    {
        AnswerHeaders.Set(context.Response.Headers);
        return TypedResults.Problem(
            $"This service is not called {context.Request.Headers.Host}: AllowedHosts has its names.",
            statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
    }
}
