using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace UserCache.ApiService.Security;

/// <summary>What the client of Redis signs in with on each new connection.</summary>
internal sealed class RedisToken : AzureManagedRedisOptionsProvider
{
    private volatile string? _now;

    /// <summary>The token of now; <see langword="null"/> before there is one.</summary>
    public override string? Password => _now;

    /// <summary>It is said already whether there is TLS.</summary>
    public override bool GetDefaultSsl(EndPointCollection endPoints) => false;

    public void Set(string token) => _now = token;
}
