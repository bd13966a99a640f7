using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace UserCache.ApiService.Security;

/// <summary>
/// Who may do what. Writes need a token as soon as the framework's own section says who issues them; reads, too, where the settings ask for
/// it. Where nobody needs a token, nothing of this is on the way of a request.
/// </summary>
internal sealed class Access(IConfiguration configuration, IOptions<SecurityOptions> options)
{
    /// <summary>Where the framework looks for what tokens have to be; <c>dotnet user-jwts</c> writes there.</summary>
    public const string Section = $"Authentication:Schemes:{JwtBearerDefaults.AuthenticationScheme}";

    // An authority that hangs should cost a request seconds, not the driver's full minute.
    private static readonly TimeSpan AuthorityTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Whether writes need a token.</summary>
    public bool ProtectsWrites { get; } = IsOn(configuration);

    /// <summary>Whether reads do.</summary>
    public bool ProtectsReads { get; } = options.Value.ProtectReads;

    public static void Add(IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Access>();
        builder.Services.AddSingleton<AuthorityKeys>();
        if (!IsOn(builder.Configuration))
        {
            return;
        }

        // Only calls that need a token look at one: an authority that is away costs the others nothing.
        AppContext.SetSwitch("Microsoft.AspNetCore.Authentication.SuppressAutoDefaultScheme", isEnabled: true);
        builder.Services.AddAuthentication().AddJwtBearer();
        var isTimeoutSet = builder.Configuration[$"{Section}:{nameof(JwtBearerOptions.BackchannelTimeout)}"] is not null;
        builder.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure(bearer =>
        {
            // From configuration alone, a token of any issuer whose keys the authority lists would do, for whatever service it was meant.
            bearer.TokenValidationParameters.ValidateIssuer = true;
            bearer.TokenValidationParameters.ValidateAudience = true;
            // Claims have the names that are in the token.
            bearer.MapInboundClaims = false;
            bearer.BackchannelTimeout = isTimeoutSet ? bearer.BackchannelTimeout : AuthorityTimeout;
            bearer.Events = new JwtBearerEvents { OnMessageReceived = AuthorityKeys.WaitAsync };
        });
        Scopes.AddPolicies(builder.Services.AddAuthorizationBuilder());
    }

    public static bool IsOn(IConfiguration configuration) => configuration.GetSection(Section).Exists();
}
