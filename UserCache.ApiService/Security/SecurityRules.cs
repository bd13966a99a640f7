using Azure.Core;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace UserCache.ApiService.Security;

/// <summary>Whether the settings say who may change users.</summary>
internal sealed class SecurityRules(IConfiguration configuration, IServiceProvider services) : IValidateOptions<SecurityOptions>
{
    public ValidateOptionsResult Validate(string? name, SecurityOptions options) =>
        Problem(options) is { } problem ? ValidateOptionsResult.Fail(problem) : ValidateOptionsResult.Success;

    private string? Problem(SecurityOptions options)
    {
        if (options.UseAzureIdentity && IdentityProblem() is { } problem)
        {
            return problem;
        }

        if (!Access.IsOn(configuration))
        {
            return options.ProtectReads ? $"{Setting(nameof(options.ProtectReads))} needs {Access.Section}:Authority."
                : options.AllowAnonymous ? null
                : $"Set {Access.Section}:Authority, or {Setting(nameof(options.AllowAnonymous))} to true: "
                    + "whoever reaches the service may change users then.";
        }

        if (!configuration.GetSection(Access.Section).GetChildren().Any())
        {
            return $"{Access.Section} must have settings below it, such as {Access.Section}:Authority.";
        }

        try
        {
            var bearer = services.GetRequiredService<IOptionsMonitor<JwtBearerOptions>>().Get(JwtBearerDefaults.AuthenticationScheme);
            var tokens = bearer.TokenValidationParameters;
            return bearer.Authority is { Length: > 0 } authority && !IsAddress(authority)
                ? $"{Access.Section}:Authority must be an absolute URL, such as https://login.example.com."
                : bearer.ConfigurationManager is null && !tokens.IssuerSigningKeys.Any()
                ? $"{Access.Section} must have the Authority that issues tokens."
                : tokens.ValidAudiences.Any() && !tokens.ValidAudiences.Any(string.IsNullOrWhiteSpace) ? null
                : $"{Access.Section} must have ValidAudiences: those that a token for this service names.";
        }
        // Whatever the framework makes of the settings, it does when it first needs them.
        catch (Exception failure) when (failure is FormatException or OverflowException or InvalidOperationException or ArgumentException)
        {
            return $"{Access.Section} can't be used: {failure.Message}";
        }
    }

    // Made of variables of the environment's own.
    private string? IdentityProblem()
    {
        try
        {
            services.GetRequiredService<TokenCredential>();
            return null;
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException or FormatException)
        {
            return $"{Setting(nameof(SecurityOptions.UseAzureIdentity))} can't be used: {failure.Message}";
        }
    }

    private static bool IsAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0;

    private static string Setting(string name) => $"{SecurityOptions.Section}:{name}";
}
