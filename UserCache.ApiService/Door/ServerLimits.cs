using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace UserCache.ApiService.Door;

/// <summary>
/// What one client may make the server hold: by default what these calls can need, so that all connections together stay within what a
/// small replica has. Section <c>Kestrel:Limits</c>, with the server's own names.
/// </summary>
internal sealed class ServerLimits
{
    private const string Section = "Kestrel:Limits";
    private const int MaxConnections = 4_000;
    // Some ten times the largest user.
    private const int MaxBodyBytes = 16 * 1024;
    private const int MaxHeaderBytes = 16 * 1024;
    private const int MaxBufferBytes = 32 * 1024;

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);

    public static void Add(IHostApplicationBuilder builder)
    {
        var settings = builder.Configuration.GetSection(Section);
        // Tried at once: the server takes its own when it is built, before anyone looks at what the settings are worth.
        var limits = new KestrelServerLimits();
        var problem = Set(limits, settings);
        builder.Services.AddOptionsWithValidateOnStart<ServerLimits>().Validate(_ => problem is null, problem ?? "");
        if (problem is null)
        {
            builder.Services.Configure<KestrelServerOptions>(server => Set(server.Limits, settings));
            // Where there is no TLS, the server reads ahead as far as its sockets say.
            builder.Services.Configure<SocketTransportOptions>(sockets => sockets.MaxReadBufferSize = limits.MaxRequestBufferSize);
        }
    }

    /// <returns>What is wrong with the settings; <see langword="null"/> when nothing is.</returns>
    private static string? Set(KestrelServerLimits limits, IConfigurationSection settings)
    {
        limits.MaxConcurrentConnections = MaxConnections;
        limits.MaxRequestBodySize = MaxBodyBytes;
        limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        limits.MaxRequestBufferSize = MaxBufferBytes;
        limits.RequestHeadersTimeout = HeadersTimeout;
        // One that is there can't be changed, only replaced.
        if (settings.GetSection(nameof(limits.MinRequestBodyDataRate)).Exists())
        {
            limits.MinRequestBodyDataRate = null;
        }

        if (settings.GetSection(nameof(limits.MinResponseDataRate)).Exists())
        {
            limits.MinResponseDataRate = null;
        }

        try
        {
            settings.Bind(limits, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (Exception failure) when (failure is InvalidOperationException or TargetInvocationException or ArgumentException)
        {
            var given = settings.AsEnumerable(makePathsRelative: true)
                .Where(one => one.Value is not null).Select(one => $"{one.Key} = {one.Value}");
            return $"{Section} ({string.Join(", ", given)}) can't be used: {failure.GetBaseException().Message}";
        }

        return limits.MaxRequestBufferSize < Math.Max(limits.MaxRequestLineSize, limits.MaxRequestHeadersTotalSize)
            ? $"{Section}:{nameof(limits.MaxRequestBufferSize)} ({limits.MaxRequestBufferSize}) must not be less than "
                + $"{nameof(limits.MaxRequestLineSize)} or {nameof(limits.MaxRequestHeadersTotalSize)}."
            : null;
    }
}
