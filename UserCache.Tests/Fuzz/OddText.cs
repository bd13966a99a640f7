using System.Text;

namespace UserCache.Tests.Fuzz;

/// <summary>Text as nobody would write it.</summary>
/// <param name="random">Says what comes next.</param>
internal sealed class OddText(Random random)
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~";

    private static readonly (int First, int Last)[] Scripts =
    [
        (0x20, 0x7E), (0x20, 0x7E), (0x00, 0x1F), (0x7F, 0xFF), (0x300, 0x36F), (0x590, 0x6FF), (0xAC00, 0xD7A3), (0x2000, 0x206F),
        (0xE000, 0xE0FF), (0xFDD0, 0xFFFF), (0x1F300, 0x1F6FF), (0xE0000, 0xE01EF), (0x10FF00, 0x10FFFF),
    ];

    public T Any<T>(params T[] choices) => choices[random.Next(choices.Length)];

    public bool OneIn(int times) => random.Next(times) == 0;

    public int Below(int end) => random.Next(end);

    public byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>What may stand anywhere in HTTP.</summary>
    public string Plain(int length) => new(random.GetItems<char>(Letters, length));

    /// <summary>Whatever Unicode has.</summary>
    public string Unicode(int runes)
    {
        var text = new StringBuilder();
        for (var rune = 0; rune < runes; rune++)
        {
            var (first, last) = Any(Scripts);
            text.Append(new Rune(random.Next(first, last + 1)));
        }

        return text.ToString();
    }

    /// <summary>What some would take for a number, and this service does not always.</summary>
    public string Number() => random.Next(14) switch
    {
        0 => "0",
        1 => $"-{random.Next()}",
        2 => $"+{random.Next()}",
        3 => $"0{random.Next()}",
        4 => $"{random.NextInt64()}{random.NextInt64()}",
        5 => "9223372036854775807",
        6 => "9223372036854775808",
        7 => $"{random.Next()}.{random.Next(10)}",
        8 => $"1e{random.Next(400)}",
        9 => Any("NaN", "Infinity", "null", "true", "0x10", "1_000", "1,000", "", "٣", "１", "²"),
        _ => random.NextInt64().ToString(CultureInfo.InvariantCulture),
    };
}
