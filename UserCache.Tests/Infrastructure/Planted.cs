using System.Text;

namespace UserCache.Tests.Infrastructure;

/// <summary>Entries as the cache writes them, of whatever content, to be planted in Redis. Made as the protocol's page says.</summary>
internal static class Planted
{
    private const uint Polynomial = 0x82F63B78;

    private static readonly DateTimeOffset LongAgo = DateTimeOffset.UnixEpoch.AddSeconds(1);

    /// <param name="key">Under which it is planted.</param>
    /// <param name="version">Of the row; 0 for one that is not there.</param>
    /// <param name="body">The row's bytes.</param>
    /// <param name="freshFor">Until its soft expiry; that is long over when it is left out.</param>
    public static byte[] Entry(string key, long version, string body, TimeSpan? freshFor = null)
    {
        var softExpiry = freshFor is { } fresh ? TimeProvider.System.GetUtcNow() + fresh : LongAgo;
        return Sealed(key, string.Create(CultureInfo.InvariantCulture, $"v1 {version} {softExpiry.ToUnixTimeMilliseconds()} "), body);
    }

    /// <summary>Any header with the right checksum behind it, and any body.</summary>
    public static byte[] Sealed(string key, string header, string body)
    {
        byte[] sealing = [.. Encoding.Unicode.GetBytes(key), .. Encoding.UTF8.GetBytes(header + body)];
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{header}{Checksum(sealing):x8}\n{body}"));
    }

    // CRC-32C, bit by bit.
    private static uint Checksum(byte[] bytes)
    {
        var checksum = uint.MaxValue;
        foreach (var one in bytes)
        {
            checksum ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                checksum = (checksum >> 1) ^ (Polynomial & (0 - (checksum & 1)));
            }
        }

        return ~checksum;
    }
}
