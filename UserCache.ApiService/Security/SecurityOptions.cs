namespace UserCache.ApiService.Security;

/// <summary>Whom and what this service trusts; section <c>Security</c>.</summary>
public sealed class SecurityOptions
{
    public const string Section = "Security";

    /// <summary>
    /// Let whoever reaches the service change users, where nothing says who issues its callers' tokens. Default: in development only.
    /// </summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>Reach Redis and PostgreSQL without TLS. Default: in development only.</summary>
    public bool AllowUnencrypted { get; set; }

    /// <summary>Ask for a token, with the scope <see cref="Scopes.Read"/>, of who reads users as well.</summary>
    public bool ProtectReads { get; set; }

    /// <summary>Sign in to Redis and PostgreSQL by this process' identity on Azure, instead of by passwords.</summary>
    public bool UseAzureIdentity { get; set; }
}
