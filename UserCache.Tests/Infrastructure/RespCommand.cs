using System.Buffers.Text;
using System.Text;

namespace UserCache.Tests.Infrastructure;

/// <summary>Commands as clients of Redis send them: arrays of bulk strings.</summary>
internal static class RespCommand
{
    /// <returns>Whether there is a whole command at the beginning.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out string name, out int length)
    {
        (name, length) = ("", 0);
        if (!TryReadNumber(bytes, (byte)'*', ref length, out var parts))
        {
            return false;
        }

        for (var part = 0; part < parts; part++)
        {
            if (!TryReadNumber(bytes, (byte)'$', ref length, out var size) || bytes.Length < length + size + 2)
            {
                return false;
            }

            name = part == 0 ? Encoding.ASCII.GetString(bytes.Slice(length, size)) : name;
            length += size + 2;
        }

        return true;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> bytes, byte sign, ref int place, out int number)
    {
        number = 0;
        if (bytes[place..].IndexOf("\r\n"u8) is not (> 0 and var end))
        {
            return false;
        }

        if (bytes[place] != sign || !Utf8Parser.TryParse(bytes[(place + 1)..(place + end)], out number, out _))
        {
            throw new InvalidDataException($"This is no command: {Encoding.ASCII.GetString(bytes[place..])}");
        }

        place += end + 2;
        return true;
    }
}
