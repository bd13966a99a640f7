using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;

namespace UserCache.ApiService.Security;

/// <summary>What a token may allow. Each is the name of a policy, too.</summary>
internal static class Scopes
{
    public const string Read = "users.read";
    public const string Write = "users.write";

    // As OAuth has it, as Entra has it for users, and as Entra has it for applications.
    private static readonly string[] Claims = ["scope", "scp", "roles"];

    public static void AddPolicies(AuthorizationBuilder authorization)
    {
        foreach (var scope in (string[])[Read, Write])
        {
            authorization.AddPolicy(scope, policy => policy
                .AddAuthenticationSchemes(JwtBearerDefaults.AuthenticationScheme).RequireAuthenticatedUser()
                .RequireAssertion(context => context.User.Claims.Any(claim => Has(claim, scope))));
        }
    }

    // One claim with all of them and blanks between, or a claim for each.
    private static bool Has(Claim claim, string scope) => Claims.Contains(claim.Type) && claim.Value.Split(' ').Contains(scope);
}
