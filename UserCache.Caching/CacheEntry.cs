using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace UserCache.Caching;

/// <summary>
/// What Redis holds under a key: one header line and the bytes that go to the client.
/// <c>v1 &lt;version&gt; &lt;soft expiry, unix ms&gt;\n{"id":42,…}</c>
/// </summary>
/// <param name="Payload">The row's version and bytes.</param>
/// <param name="SoftExpiry">Past this moment the entry should be read anew.</param>
internal readonly record struct CacheEntry(CachePayload Payload, DateTimeOffset SoftExpiry)
{
    private static readonly SearchValues<byte> HeaderBytes = SearchValues.Create("0123456789 "u8);

    private static ReadOnlySpan<byte> Format => "v1 "u8;

    /// <summary>Tells this entry from any other under the same key.</summary>
    public string Header => string.Create(CultureInfo.InvariantCulture, $"v1 {Payload.Version} {SoftExpiry.ToUnixTimeMilliseconds()}\n");

    public byte[] ToBytes() => [.. Encoding.ASCII.GetBytes(Header), .. Payload.Body.Span];

    /// <returns><see langword="false"/> when the header is not one that <see cref="ToBytes"/> writes.</returns>
    public static bool TryParse(ReadOnlyMemory<byte> stored, [NotNullWhen(true)] out CacheEntry? entry)
    {
        entry = null;
        var end = stored.Span.IndexOf((byte)'\n');
        if (end < 0 || !stored.Span.StartsWith(Format))
        {
            return false;
        }

        var header = stored.Span[Format.Length..end];
        // The parser below would take a sign.
        if (header.ContainsAnyExcept(HeaderBytes)
            || !Utf8Parser.TryParse(header, out long version, out var read) || read >= header.Length || header[read] != ' ')
        {
            return false;
        }

        header = header[(read + 1)..];
        if (!Utf8Parser.TryParse(header, out long softExpiry, out read) || read != header.Length
            || softExpiry > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            return false;
        }

        var body = stored[(end + 1)..];
        // A row has bytes and a positive version, a row that is not there has neither: anything else was cut short or written by someone
        // else.
        if (body.IsEmpty != (version == CachePayload.Absent.Version))
        {
            return false;
        }

        entry = new CacheEntry(new CachePayload(version, body), DateTimeOffset.FromUnixTimeMilliseconds(softExpiry));
        return true;
    }
}
