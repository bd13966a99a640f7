using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace UserCache.ApiService.Security;

/// <summary>Tokens of this process' identity on Azure, in the place of passwords.</summary>
internal sealed class AzureIdentity(IServiceProvider services, IOptions<SecurityOptions> options)
{
    private static readonly TokenRequestContext Postgres = new(["https://ossrdbms-aad.database.windows.net/.default"]);
    private static readonly TokenRequestContext Redis = new(["https://redis.azure.com/.default"]);

    /// <summary>Whether they are used.</summary>
    public bool IsUsed => options.Value.UseAzureIdentity;

    // Not made before it is used: it complains of what the environment says for others.
    private TokenCredential Credential => services.GetRequiredService<TokenCredential>();

    public static void Add(IServiceCollection services)
    {
        // Which of its ways it goes, the environment may say: AZURE_TOKEN_CREDENTIALS, AZURE_CLIENT_ID.
        services.TryAddSingleton<TokenCredential>(_ => new DefaultAzureCredential());
        services.AddSingleton<AzureIdentity>();
    }

    /// <summary>Has each new connection bring a token. One that is made stays, whatever becomes of its token.</summary>
    public void SignIn(NpgsqlDataSourceBuilder database)
    {
        if (IsUsed)
        {
            // The credential keeps a token until it has not much longer to live.
            database.UsePasswordProvider(
                _ => Credential.GetToken(Postgres, CancellationToken.None).Token,
                async (_, cancellationToken) => (await Credential.GetTokenAsync(Postgres, cancellationToken)).Token);
        }
    }

    public ValueTask<AccessToken> RedisTokenAsync(CancellationToken cancellationToken) =>
        Credential.GetTokenAsync(Redis, cancellationToken);
}
