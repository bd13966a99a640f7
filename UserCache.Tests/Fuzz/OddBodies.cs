using System.Text;

namespace UserCache.Tests.Fuzz;

/// <summary>Bodies of calls that write: JSON of a user, or something that is meant to be taken for it.</summary>
internal sealed class OddBodies(OddText text)
{
    private const int LongestUsername = 64;
    private const int DeepestNesting = 5_000;

    /// <param name="username">What a username in it begins with: nothing that is damaged becomes another user's.</param>
    public byte[] Next(string username)
    {
        var good = Good(username);
        return text.Below(16) switch
        {
            0 => Utf8(good[..text.Below(good.Length)]),
            1 => Utf8($"{good[..^1]}, {good[1..]}"),
            2 => Utf8($"{good[..^1]}, {Quoted(text.Unicode(5))}: {Value(username)}}}"),
            3 => Utf8($"{{\"username\": {Value(username)}, \"email\": {Value("")}}}"),
            4 => Utf8($"{good}{text.Any(",", "}", " ", "//", "/**/", "{}", "\0", "\n", good)}"),
            5 => Utf8($"[{good}]"),
            6 => Utf8(Nested()),
            7 => [.. text.Any(Encoding.UTF8, Encoding.Unicode, Encoding.UTF32).GetPreamble(), .. Utf8(good)],
            8 => text.Any(Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32).GetBytes(good),
            9 => [.. Utf8($"{{\"username\": \"{username}"), .. text.Bytes(text.Below(40)), .. Utf8("\"}")],
            10 => text.Bytes(text.Below(200)),
            11 => [],
            _ => Utf8(good),
        };
    }

    private static byte[] Utf8(string json) => Encoding.UTF8.GetBytes(json);

    private string Good(string username)
    {
        var rest = text.OneIn(2) ? text.Plain(12) : text.Unicode(text.Below(LongestUsername));
        return text.Below(3) switch
        {
            0 => $"{{\"username\": {Quoted(username + rest)}}}",
            1 => $"{{\"username\": {Quoted(username + rest)}, \"email\": null}}",
            _ => $"{{\"email\": {Quoted($"{text.Plain(5)}@example.com")}, \"username\": {Quoted(username + rest)}}}",
        };
    }

    private string Value(string prefix) => text.Below(8) switch
    {
        0 => text.Number(),
        1 => "null",
        2 => text.Any("{}", "[]", "[[]]", "true", "{\"username\": \"x\"}"),
        3 => $"\"{prefix}{text.Any("\\ud800", "\\udc00\\ud800", "\\u0000", "\\x", "\\", "\t", "\\u202e", "\\ufeff")}\"",
        4 => Quoted(prefix + text.Plain(text.Below(1_000))),
        _ => Quoted(prefix + text.Unicode(text.Below(20))),
    };

    private string Nested()
    {
        var depth = text.Below(DeepestNesting);
        return $"{{\"username\": {new string('[', depth)}{new string(']', text.OneIn(2) ? depth : 0)}}}";
    }

    // As JSON has it, or with everything escaped.
    private string Quoted(string value) => text.OneIn(2)
        ? JsonSerializer.Serialize(value)
        : $"\"{string.Concat(value.Select(unit => $"\\u{(int)unit:x4}"))}\"";
}
