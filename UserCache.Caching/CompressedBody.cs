using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace UserCache.Caching;

/// <summary>A row's bytes as Brotli makes them smaller, behind their length.</summary>
internal static class CompressedBody
{
    /// <summary>Of less nothing is gained.</summary>
    public const int LeastBytes = 256;

    /// <summary>No row is longer: what claims to be was not written by this cache.</summary>
    private const int MostBytes = 1 << 20;

    private const int LengthBytes = sizeof(int);
    // Fast to make; to read it costs the same whatever it is.
    private const int Quality = 4;
    private const int WindowBits = 20;

    /// <summary>Makes bytes smaller.</summary>
    /// <returns><see langword="false"/> where that gains nothing.</returns>
    public static bool TryPack(ReadOnlySpan<byte> body, [NotNullWhen(true)] out byte[]? packed)
    {
        packed = null;
        if (body.Length is < LeastBytes or > MostBytes)
        {
            return false;
        }

        var room = new byte[body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(room, body.Length);
        if (!BrotliEncoder.TryCompress(body, room.AsSpan(LengthBytes), out var written, Quality, WindowBits))
        {
            return false;
        }

        packed = room[..(LengthBytes + written)];
        return true;
    }

    /// <summary>The bytes that were packed.</summary>
    /// <returns><see langword="false"/> when these are not what <see cref="TryPack"/> makes.</returns>
    public static bool TryUnpack(ReadOnlySpan<byte> packed, [NotNullWhen(true)] out byte[]? body)
    {
        body = null;
        var length = packed.Length > LengthBytes ? BinaryPrimitives.ReadInt32LittleEndian(packed) : 0;
        if (length is < LeastBytes or > MostBytes)
        {
            return false;
        }

        var room = new byte[length];
        if (!BrotliDecoder.TryDecompress(packed[LengthBytes..], room, out var written) || written != length)
        {
            return false;
        }

        body = room;
        return true;
    }
}
