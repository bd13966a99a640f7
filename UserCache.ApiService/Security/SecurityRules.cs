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
        if (!Access.IsOn(configuration))
        {
            return options.ProtectReads ? $"{Setting(nameof(options.ProtectReads))} needs {Access.Section}:Authority."
                : options.AllowAnonymous ? null
                : $"Set {Access.Section}:Authority, or {Setting(nameof(options.AllowAnonymous))} to true: "
                    + "whoever reaches the service may change users then.";
        }

        try
        {
            var bearer = services.GetRequiredService<IOptionsMonitor<JwtBearerOptions>>().Get(JwtBearerDefaults.AuthenticationScheme);
            var tokens = bearer.TokenValidationParameters;
            return bearer.ConfigurationManager is null && !tokens.IssuerSigningKeys.Any()
                ? $"{Access.Section} must have the Authority that issues tokens."
                : tokens.ValidAudiences.Any() ? null
                : $"{Access.Section} must have ValidAudiences: those that a token for this service names.";
        }
        // Whatever the framework makes of the settings, it does when it first needs them.
        catch (Exception failure) when (failure is FormatException or InvalidOperationException or ArgumentException)
        {
            return $"{Access.Section} can't be used: {failure.Message}";
        }
    }

    private static string Setting(string name) => $"{SecurityOptions.Section}:{name}";
}
