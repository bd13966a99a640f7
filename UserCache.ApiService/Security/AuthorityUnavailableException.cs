using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace UserCache.ApiService.Security;

/// <summary>The authority's keys are not known, and it does not give them: no token can be told good or bad.</summary>
internal sealed class AuthorityUnavailableException(Exception cause) : Exception("The authority that issues tokens does not answer.", cause)
{
    // The framework takes keys that it could not fetch for a token that is not good.
    public static async Task ThrowIfAwayAsync(AuthenticationFailedContext failed)
    {
        // It asks once more what became of its own failure.
        if (failed.Exception is not AuthorityUnavailableException && failed.Options.ConfigurationManager is { } authority)
        {
            try
            {
                await authority.GetConfigurationAsync(failed.HttpContext.RequestAborted);
            }
            catch (Exception cause) when (!failed.HttpContext.RequestAborted.IsCancellationRequested)
            {
                throw new AuthorityUnavailableException(cause);
            }
        }
    }
}
