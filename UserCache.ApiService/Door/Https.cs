using System.Globalization;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.HttpsPolicy;

namespace UserCache.ApiService.Door;

/// <summary>
/// Behind a proxy that ends TLS, and that the settings say is there (the framework's own ASPNETCORE_FORWARDEDHEADERS_ENABLED), a caller who
/// came to it without is sent to where there is TLS. Whoever came past it, such as a probe, is not.
/// </summary>
internal static class Https
{
    private const string ProxySetting = "ForwardedHeaders_Enabled";
    private const string PortSetting = "https_port";
    private const int Port = 443;

    public static void UseHttps(this WebApplication app)
    {
        if (string.Equals(app.Configuration[ProxySetting], "true", StringComparison.OrdinalIgnoreCase))
        {
            // What the framework leaves where it has taken the proxy's word for the scheme.
            app.UseWhen(
                context => context.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XOriginalProtoHeaderName),
                forwarded => forwarded.UseHttpsRedirection());
        }
    }

    public static void Add(IHostApplicationBuilder builder)
    {
        // What is no number the framework would pass over, and send nobody.
        var given = builder.Configuration[PortSetting];
        var isGood = ushort.TryParse(given, CultureInfo.InvariantCulture, out var port) && port > 0;
        builder.Services.AddOptionsWithValidateOnStart<HttpsRedirectionOptions>()
            .Configure(redirection => redirection.HttpsPort = isGood ? port : Port)
            .Validate(_ => isGood || given is null, $"ASPNETCORE_HTTPS_PORT is \"{given}\": it must be a port.");
    }
}
