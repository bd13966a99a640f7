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
/// Behind <c>z</c> before the checksum the bytes are compressed. The checksum is that of the key and all the rest: what was stored for
/// another key, cut short or written over is not served.
/// </summary>
/// <param name="Payload">The row's version and bytes.</param>
/// <param name="SoftExpiry">Past this moment the entry should be read anew.</param>
/// <param name="Checksum">Of what is stored.</param>
/// <param name="IsPacked">Whether it is stored compressed.</param>
internal readonly partial record struct CacheEntry(CachePayload Payload, DateTimeOffset SoftExpiry, uint Checksum, bool IsPacked)
{
    /// <summary>What is larger is neither stored nor served: all that share a connection wait while it comes.</summary>
    public const int MaxBytes = 1 << 16;

    private const int ChecksumDigits = 2 * sizeof(uint);
    private const int FormatBytes = 64;

    private static readonly SearchValues<byte> NumberBytes = SearchValues.Create("0123456789 "u8);

    private static ReadOnlySpan<byte> Format => "v1 "u8;

    private static ReadOnlySpan<byte> Packed => "z "u8;

    /// <summary>Tells this entry from any other under the same key: its first line.</summary>
    public string Header => $"{Start(Payload.Version, SoftExpiry, IsPacked)}{Checksum:x8}\n";

    /// <summary>An entry's bytes.</summary>
    /// <param name="key">Under which they are stored.</param>
    /// <param name="payload">The row.</param>
    /// <param name="softExpiry">Past this moment it should be read anew.</param>
    /// <param name="compressAbove">A longer row is compressed; 0 for none.</param>
    public static byte[] Write(string key, CachePayload payload, DateTimeOffset softExpiry, int compressAbove)
    {
        byte[]? packed = null;
        var isPacked = compressAbove > 0 && payload.Body.Length > compressAbove && CompressedBody.TryPack(payload.Body.Span, out packed);
        var body = isPacked ? packed : payload.Body.Span;
        var start = Encoding.ASCII.GetBytes(Start(payload.Version, softExpiry, isPacked));
        return [.. start, .. Encoding.ASCII.GetBytes($"{ChecksumOf(key, start, body):x8}\n"), .. body];
    }

    /// <returns><see langword="false"/> when these are not bytes that <see cref="Write"/> makes for the key.</returns>
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
            || checksum != ChecksumOf(key, numbers, body.Span))
        {
            return false;
        }

        numbers = numbers[Format.Length..];
        var isPacked = numbers.EndsWith(Packed);
        numbers = isPacked ? numbers[..^Packed.Length] : numbers;
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

        if (isPacked)
        {
            if (!CompressedBody.TryUnpack(body.Span, out var unpacked))
            {
                return false;
            }

            body = unpacked;
        }

        entry = new CacheEntry(new CachePayload(version, body), DateTimeOffset.FromUnixTimeMilliseconds(softExpiry), checksum, isPacked);
        return true;
    }

    /// <summary>Whether another release has written it: values of any begin with their format's number and the row's version.</summary>
    public static bool IsOfAnotherFormat(ReadOnlySpan<byte> stored) =>
        !stored.StartsWith(Format) && AnyFormat().IsMatch(Encoding.Latin1.GetString(stored[..Math.Min(stored.Length, FormatBytes)]));

    private static string Start(long version, DateTimeOffset softExpiry, bool isPacked) => string.Create(
        CultureInfo.InvariantCulture, $"v1 {version} {softExpiry.ToUnixTimeMilliseconds()} {(isPacked ? "z " : "")}");

    // CRC-32C, for which processors have an instruction: some nanoseconds for a row.
    private static uint ChecksumOf(string key, ReadOnlySpan<byte> numbers, ReadOnlySpan<byte> body) =>
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
