using Microsoft.Extensions.Options;

namespace UserCache.ApiService.Security;

/// <summary>Whether a connection string is as safe as the settings want it.</summary>
/// <param name="Setting">Its setting.</param>
/// <param name="Encrypt">How it says that the connection is encrypted.</param>
/// <param name="IsEncrypted">Whether it does.</param>
/// <param name="User">Whom it signs in as.</param>
/// <param name="HasPassword">Whether it has a password.</param>
internal sealed record ConnectionRule(string Setting, string Encrypt, bool IsEncrypted, string? User, bool HasPassword)
    : IValidateOptions<SecurityOptions>
{
    public ValidateOptionsResult Validate(string? name, SecurityOptions options)
    {
        string[] problems =
        [
            .. IsEncrypted || options.AllowUnencrypted ? (string[])[] :
                [$"{Setting} must have {Encrypt}, or {Name(nameof(options.AllowUnencrypted))} must be true."],
            .. !options.UseAzureIdentity || (!HasPassword && !string.IsNullOrEmpty(User)) ? (string[])[] :
                [$"{Setting} must name a user, and have no password, where {Name(nameof(options.UseAzureIdentity))} is true."],
        ];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static string Name(string option) => $"{SecurityOptions.Section}:{option}";
}
