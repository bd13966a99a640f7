using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace UserCache.ApiService.Security;

/// <summary>What the client of Redis signs in with on each new connection.</summary>
internal sealed class RedisToken : AzureManagedRedisOptionsProvider
{
    private volatile string? _token;

    /// <summary>The token of now; <see langword="null"/> before there is one.</summary>
    public override string? Password => _token;

    /// <summary>The connection string says whether there is TLS.</summary>
    public override bool GetDefaultSsl(EndPointCollection endPoints) => false;

    /// <returns>Whether it is another than before.</returns>
    public bool Set(string token) => Interlocked.Exchange(ref _token, token) != token;
}
