using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace UserCache.ApiService.Security;

/// <summary>
/// Whether the authority's keys are known. The framework would ask for them once for each token, one after the other, and take a token that
/// it could not check for one that is not good. Once known they are, it keeps them, and looks for new ones in the background.
/// </summary>
internal sealed partial class AuthorityKeys(TimeProvider time, ILogger<AuthorityKeys> logger)
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Task? _fetch;
    private long _failed;
    private bool _isFailing;

    /// <summary>Waits for the keys, before a token is looked at.</summary>
    /// <exception cref="AuthorityUnavailableException">They can't be had.</exception>
    public static Task WaitAsync(MessageReceivedContext received) =>
        received.Request.Headers.Authorization.Count > 0 && received.Options.ConfigurationManager is { } authority
            ? received.HttpContext.RequestServices.GetRequiredService<AuthorityKeys>().FetchOnce(authority)
                .WaitAsync(received.HttpContext.RequestAborted)
            : Task.CompletedTask;

    // One for all who wait; and its failure is all of theirs for a while.
    private Task FetchOnce(IConfigurationManager<OpenIdConnectConfiguration> authority)
    {
        lock (_lock)
        {
            return _fetch is null || (_fetch.IsFaulted && time.GetElapsedTime(_failed) >= RetryInterval)
                ? _fetch = Task.Run(() => FetchAsync(authority))
                : _fetch;
        }
    }

    private async Task FetchAsync(IConfigurationManager<OpenIdConnectConfiguration> authority)
    {
        try
        {
            await authority.GetConfigurationAsync(CancellationToken.None);
            _isFailing = false;
        }
        catch (Exception cause)
        {
            // Once, until it succeeds.
            if (!_isFailing)
            {
                Log.Away(logger, cause.GetBaseException().Message);
            }

            (_isFailing, _failed) = (true, time.GetTimestamp());
            throw new AuthorityUnavailableException(cause);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 520, Level = LogLevel.Warning,
            Message = "The authority that issues tokens does not give its keys ({Reason}): calls that need a token are answered 503.")]
        public static partial void Away(ILogger logger, string reason);
    }
}

/// <summary>The authority's keys are not known, and it does not give them: no token can be told good or bad.</summary>
internal sealed class AuthorityUnavailableException(Exception cause)
    : Exception("The authority that issues tokens does not answer.", cause);
