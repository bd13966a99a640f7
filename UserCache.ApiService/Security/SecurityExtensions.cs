using Microsoft.Extensions.Options;

namespace UserCache.ApiService.Security;

/// <summary>Registers who is let in, and how this service signs in elsewhere.</summary>
internal static class SecurityExtensions
{
    public static IHostApplicationBuilder AddSecurity(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<SecurityOptions>()
            .Configure<IHostEnvironment>((security, environment) =>
                security.AllowAnonymous = security.AllowUnencrypted = environment.IsDevelopment())
            .BindConfiguration(SecurityOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<SecurityOptions>, SecurityRules>();
        Access.Add(builder);
        AzureIdentity.Add(builder.Services);
        builder.Services.AddSingleton<RedisToken>();
        builder.Services.AddHostedService<RedisSignIn>();
        return builder;
    }

    /// <summary>Asks for tokens where calls need them.</summary>
    public static WebApplication UseAccess(this WebApplication app)
    {
        if (app.Services.GetRequiredService<Access>().ProtectsWrites)
        {
            app.UseAuthentication();
            app.UseAuthorization();
        }

        return app;
    }

    /// <summary>Lets a call be made by whose token has the scope, where such calls are protected.</summary>
    public static RouteHandlerBuilder RequireScope(this RouteHandlerBuilder call, string scope, bool isProtected) => isProtected
        ? call.RequireAuthorization(scope)
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden)
        : call;
}
