using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace UserCache.ApiService.Operations;

/// <summary>Lets pass who knows the key, as <c>Authorization: Bearer …</c>; answers everyone else 401, and logs it.</summary>
internal sealed partial class ManagementKey(RequestDelegate next, IOptions<ManagementOptions> options, ILogger<ManagementKey> logger)
{
    private const string Scheme = "Bearer ";

    // Hashes have one length: comparing them tells nothing of the key's. No header has the line end that a file of secrets may have.
    private readonly byte[] _hash = Hash(options.Value.Key!.Trim());

    public async Task InvokeAsync(HttpContext context)
    {
        var given = context.Request.Headers.Authorization.ToString();
        var isKnown = given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(Hash(given[Scheme.Length..]), _hash);
        if (isKnown)
        {
            await next(context);
            return;
        }

        Log.Refused(
            logger, context.Request.Method, context.Request.Path, context.Connection.RemoteIpAddress,
            given.Length == 0 ? "no key" : "a wrong key");
        context.Response.Headers[HeaderNames.WWWAuthenticate] = Scheme.TrimEnd();
        await TypedResults.Problem(
            "This port needs its key: Authorization: Bearer <Management:Key>.",
            statusCode: StatusCodes.Status401Unauthorized).ExecuteAsync(context);
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 400, Level = LogLevel.Warning, Message = "{Method} {Path} on the management port was refused to {Caller}: {Reason}.")]
        public static partial void Refused(ILogger logger, string method, PathString path, System.Net.IPAddress? caller, string reason);
    }
}
