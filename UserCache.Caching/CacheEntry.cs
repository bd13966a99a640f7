using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace UserCache.Caching;

/// <summary>
/// What Redis holds under a key: one header line and the bytes that go to the client.
/// <c>v1 &lt;version&gt; &lt;soft expiry, unix ms&gt; &lt;checksum&gt;\n{"id":42,…}</c>
/// The checksum is that of the key and all the rest: what was stored for another key, cut short or written over is not served.
/// </summary>
/// <param name="Payload">The row's version and bytes.</param>
/// <param name="SoftExpiry">Past this moment the entry should be read anew.</param>
internal readonly partial record struct CacheEntry(CachePayload Payload, DateTimeOffset SoftExpiry)
{
    /// <summary>What is larger is neither stored nor served: all that share a connection wait while it comes.</summary>
    public const int MaxBytes = 1 << 16;

    private const int ChecksumDigits = 2 * sizeof(uint);
    private const int FormatBytes = 64;

    private static readonly SearchValues<byte> NumberBytes = SearchValues.Create("0123456789 "u8);

    private static ReadOnlySpan<byte> Format => "v1 "u8;

    /// <summary>Tells this entry from any other under the same key.</summary>
    public string Header(string key)
    {
        var numbers = string.Create(CultureInfo.InvariantCulture, $"v1 {Payload.Version} {SoftExpiry.ToUnixTimeMilliseconds()} ");
        return $"{numbers}{Checksum(key, Encoding.ASCII.GetBytes(numbers), Payload.Body.Span):x8}\n";
    }

    public byte[] ToBytes(string key) => [.. Encoding.ASCII.GetBytes(Header(key)), .. Payload.Body.Span];

    /// <returns><see langword="false"/> when these are not bytes that <see cref="ToBytes"/> writes for the key.</returns>
    public static bool TryParse(string key, ReadOnlyMemory<byte> stored, [NotNullWhen(true)] out CacheEntry? entry)
    {
        entry = null;
        var bytes = stored.Span;
        var end = bytes.IndexOf((byte)'\n');
        if (end < Format.Length + ChecksumDigits || bytes.Length > MaxBytes || !bytes.StartsWith(Format))
        {
            return false;
        }

        var numbers = bytes[..(end - ChecksumDigits)];
        var body = stored[(end + 1)..];
        if (!Utf8Parser.TryParse(bytes[numbers.Length..end], out uint checksum, out var read, 'x') || read != ChecksumDigits
            || checksum != Checksum(key, numbers, body.Span))
        {
            return false;
        }

        numbers = numbers[Format.Length..];
        // The parser below would take a sign.
        if (numbers.ContainsAnyExcept(NumberBytes)
            || !Utf8Parser.TryParse(numbers, out long version, out read) || read >= numbers.Length || numbers[read] != ' ')
        {
            return false;
        }

        numbers = numbers[(read + 1)..];
        if (!Utf8Parser.TryParse(numbers, out long softExpiry, out read) || read != numbers.Length - 1 || numbers[read] != ' '
            || softExpiry > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            return false;
        }

        // A row has bytes and a positive version, a row that is not there has neither.
        if (body.IsEmpty != (version == CachePayload.Absent.Version))
        {
            return false;
        }

        entry = new CacheEntry(new CachePayload(version, body), DateTimeOffset.FromUnixTimeMilliseconds(softExpiry));
        return true;
    }

    /// <summary>Whether another release has written it: values of any begin with their format's number and the row's version.</summary>
    public static bool IsOfAnotherFormat(ReadOnlySpan<byte> stored) =>
        !stored.StartsWith(Format) && AnyFormat().IsMatch(Encoding.Latin1.GetString(stored[..Math.Min(stored.Length, FormatBytes)]));

    // CRC-32C, for which processors have an instruction: some nanoseconds for a row.
    private static uint Checksum(string key, ReadOnlySpan<byte> numbers, ReadOnlySpan<byte> body) =>
        ~Add(Add(Add(uint.MaxValue, MemoryMarshal.AsBytes(key.AsSpan())), numbers), body);

    private static uint Add(uint checksum, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            checksum = BitOperations.Crc32C(checksum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var one in bytes)
        {
            checksum = BitOperations.Crc32C(checksum, one);
        }

        return checksum;
    }

    [GeneratedRegex(@"\Av[0-9]+ [0-9]+ ")]
    private static partial Regex AnyFormat();
}
