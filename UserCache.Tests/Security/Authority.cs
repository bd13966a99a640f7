using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Hosting;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace UserCache.Tests.Security;

/// <summary>Issues tokens, and gives the keys to tell them by, as an OpenID provider does.</summary>
public sealed class Authority : IAsyncDisposable
{
    public const string Audience = "usercache";

    private readonly RsaSecurityKey _key = new(RSA.Create()) { KeyId = Guid.NewGuid().ToString("N") };
    private readonly WebApplication _server;

    private Authority()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(Url);
        _server = builder.Build();
        _server.MapGet("/.well-known/openid-configuration", () => TypedResults.Json(
            new Dictionary<string, string> { ["issuer"] = Url, ["jwks_uri"] = $"{Url}/keys" }));
        _server.MapGet("/keys", () => TypedResults.Json(new { keys = new[] { PublicKey() } }));
    }

    public string Url { get; } = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}");

    /// <summary>For a service that is to believe its tokens.</summary>
    public (string Key, string Value)[] Settings =>
    [
        ("Authentication:Schemes:Bearer:Authority", Url), ("Authentication:Schemes:Bearer:ValidAudiences:0", Audience),
        ("Authentication:Schemes:Bearer:RequireHttpsMetadata", "false"),
    ];

    public static async Task<Authority> StartAsync()
    {
        var authority = new Authority();
        await authority._server.StartAsync();
        return authority;
    }

    /// <summary>A header with a token.</summary>
    /// <param name="scope">What it allows.</param>
    /// <param name="claim">Which claim says so.</param>
    /// <param name="audience">Whom it is for.</param>
    /// <param name="issuer">Who says to have issued it; this authority if it is left out.</param>
    /// <param name="life">For how long it is good; negative for one that has expired.</param>
    public (string Name, string Value) Token(
        string scope, string claim = "scope", string audience = Audience, string? issuer = null, TimeSpan? life = null)
    {
        var token = Describe(scope, claim, life ?? TimeSpan.FromHours(1));
        (token.Audience, token.Issuer) = (audience, issuer ?? Url);
        return Header(token, new SigningCredentials(_key, SecurityAlgorithms.RsaSha256));
    }

    /// <summary>A token that says of itself that nobody has signed it.</summary>
    public (string Name, string Value) WithoutSignature(string scope) =>
        Header(Describe(scope, "scope", TimeSpan.FromHours(1)), credentials: null);

    /// <summary>A token signed with what everybody may know, as if it were a secret.</summary>
    public (string Name, string Value) SignedByPublicKey(string scope) => Header(
        Describe(scope, "scope", TimeSpan.FromHours(1)),
        new SigningCredentials(
            new SymmetricSecurityKey(_key.Rsa.ExportSubjectPublicKeyInfo()) { KeyId = _key.KeyId }, SecurityAlgorithms.HmacSha256));

    /// <summary>A token that would be good for ever.</summary>
    public (string Name, string Value) WithoutExpiry(string scope) =>
        Header(Describe(scope, "scope", life: null), new SigningCredentials(_key, SecurityAlgorithms.RsaSha256));

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _key.Rsa.Dispose();
    }

    private static (string Name, string Value) Header(SecurityTokenDescriptor token, SigningCredentials? credentials)
    {
        token.SigningCredentials = credentials;
        return ("Authorization", $"Bearer {new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(token)}");
    }

    private SecurityTokenDescriptor Describe(string scope, string claim, TimeSpan? life) => new()
    {
        Issuer = Url,
        Audience = Audience,
        Subject = new ClaimsIdentity([new Claim(claim, scope)]),
        Expires = life is { } time ? TimeProvider.System.GetUtcNow().UtcDateTime + time : null,
    };

    private object PublicKey()
    {
        var key = _key.Rsa.ExportParameters(includePrivateParameters: false);
        return new
        {
            kty = "RSA", use = "sig", alg = "RS256", kid = _key.KeyId,
            n = Base64UrlEncoder.Encode(key.Modulus), e = Base64UrlEncoder.Encode(key.Exponent),
        };
    }
}
