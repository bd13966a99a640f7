using System.Globalization;
using System.Security.Cryptography;

namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>A replica's management port.</summary>
/// <param name="Url">Where it is.</param>
/// <param name="Key">What callers must know.</param>
public sealed record Management(Uri Url, string Key)
{
    private const int KeyLength = 32;

    /// <summary>One on a free loopback port, with a key that nobody has used.</summary>
    public static Management OnFreePort() => new(
        new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}")),
        RandomNumberGenerator.GetHexString(KeyLength, lowercase: true));
}
