namespace UserCache.Tests.Fuzz;

/// <summary>Headers, each with the end of its line.</summary>
internal sealed class OddHeaders(OddText text)
{
    private const int Most = 6;
    private const int TooMany = 120;

    /// <summary>One name by which the service may be called. (Some are not its own.)</summary>
    public string Host() => text.Below(20) switch
    {
        0 => text.Any(
            "example.com", "localhost.example.com", "rebound.localhost:1", "127.0.0.1:80", "[::1]", "x", "xn--nxasmq6b", "LOCALHOST"),
        _ => "localhost",
    };

    /// <summary>None, two, or what no host is called.</summary>
    public string Hosts() => text.Below(4) switch
    {
        0 => "",
        1 => "Host: localhost\r\nHost: localhost\r\n",
        _ => $"Host: {text.Any(
            "", " ", "a b", "a/b", "[::", "[::1]x", "a:b:c", ":80", "%41", ".", "..", "-", "localhost:", "localhost:99999", "localhost:x",
            "\u00fcber", "xn--", "*", "[fe80::1%25lo]", "a@b", text.Plain(300))}\r\n",
    };

    /// <summary>Some that a request may have.</summary>
    public string Some() => string.Concat(Enumerable.Range(0, text.Below(Most)).Select(_ => $"{One()}\r\n"));

    public string ContentType() => $"Content-Type: {text.Any(
        "application/json; charset=utf-8", "application/json;charset=utf-7", "application/json; charset=\"\"", "application/json; charset",
        "application/json; charset=utf-16; charset=utf-8", "application/problem+json", "text/json", "text/plain", "multipart/form-data",
        "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "*/*", "application", "/", ";", "json", "")}\r\n";

    /// <summary>One that the server may refuse.</summary>
    public string Odd() => text.Below(9) switch
    {
        0 => $"X: {text.Any("\u00e9", "\u00ff\u00fe", "\0", "\u0001", "\u007f")}\r\n",
        1 => $"{text.Any("", " ", "X Y", "X\u00e9", "X:", "(X)", "X ")}: x\r\n",
        2 => "X: x\r\n y\r\n",
        3 => string.Concat(Enumerable.Range(0, TooMany).Select(_ => $"X-{text.Plain(5)}: x\r\n")),
        4 => $"X: {text.Plain(20_000)}\r\n",
        5 => $"X: {text.Any("a\rb", "a\nb: c", "\r")}\r\n",
        6 => "no colon\r\n",
        7 => $"Expect: {text.Any("100-continue", "200-ok", "")}\r\n",
        _ => "Connection: " + text.Any(
            "close", "keep-alive, close", "upgrade\r\nUpgrade: websocket", "Upgrade, HTTP2-Settings\r\nUpgrade: h2c", "x") + "\r\n",
    };

    private string One() => text.Below(16) switch
    {
        0 or 1 => $"If-Match: {Tags()}",
        2 or 3 => $"If-None-Match: {Tags()}",
        4 => $"Accept: {text.Any("*/*", "text/html", "application/xml;q=0.9", "x", ";", "application/json;q=2", "")}",
        5 => $"Accept-Encoding: {text.Any("gzip, br", "identity;q=0", "*;q=0", "")}",
        6 => $"Content-Encoding: {text.Any("gzip", "identity", "br, gzip", "x")}",
        7 => $"Range: {text.Any("bytes=0-1", "bytes=-1", "bytes=9-1", "x=1")}",
        8 => $"traceparent: {text.Any("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0-0-0", "ff-", text.Plain(60))}",
        9 => $"baggage: {text.Plain(20)}={Uri.EscapeDataString(text.Unicode(9))},=,;",
        10 => $"X-Forwarded-{text.Any("For", "Host", "Proto")}: {text.Any("203.0.113.7", "::1", "example.com", "https", text.Plain(20))}",
        11 => $"Cookie: {text.Plain(30)}; {text.Plain(5)}={text.Plain(100)}",
        12 => text.Any("If-Modified-Since", "If-Unmodified-Since", "If-Range", "Date") + ": "
            + text.Any("Sat, 28 Nov 2026 12:00:00 GMT", "x", "0"),
        13 => $"X-HTTP-Method-Override: {text.Any("DELETE", "PUT", "x")}",
        14 => $"Authorization: {text.Any("Bearer", "Basic x", "Negotiate x", text.Plain(100))}",
        _ => $"X-{text.Plain(9).Replace('.', '-').Replace('~', '-')}: {text.Plain(text.Below(500))}",
    };

    private string Tags() => text.Below(4) switch
    {
        0 => "*",
        1 => text.Any("", "*, \"1\"", "\"", "\"1", "1", "W/\"1\"", "w/\"1\"", "\"1\",,\"2\"", "\"\"", "\"-1\"", "\"00\"", ",", "\"\t\""),
        2 => string.Join(", ", Enumerable.Range(0, 1 + text.Below(50)).Select(_ => $"\"{Uri.EscapeDataString(text.Number())}\"")),
        _ => $"\"{1 + text.Below(9)}\"",
    };
}
