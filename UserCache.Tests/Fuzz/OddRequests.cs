using System.Text;

namespace UserCache.Tests.Fuzz;

/// <summary>Requests by the book, and others.</summary>
internal sealed class OddRequests(OddText text, OddTargets targets)
{
    private const string Json = "application/json";
    private const int TooLarge = 40_000;

    private readonly OddBodies _bodies = new(text);
    private readonly OddHeaders _headers = new(text);

    public OddRequest Sound()
    {
        var target = targets.Next();
        var body = Body(target);
        return Request(target, Soundness.Sound, Head(target, _headers.Some(), body), Framed(body));
    }

    /// <summary>Anything. It is the last on its connection.</summary>
    public OddRequest Last() => text.Below(10) switch
    {
        0 or 1 or 2 => Odd(),
        3 or 4 => Broken(),
        5 => Cut(Sound()),
        _ => Sound(),
    };

    private OddRequest Odd()
    {
        var target = targets.Next();
        var body = Body(target);
        var (line, headers) = (Line(target), _headers.Some());
        switch (text.Below(5))
        {
            case 0:
                line = $"{target.Method} {target.Path} {text.Any("HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/9.9")}";
                break;
            case 1:
                target = target with { Method = OddMethod(target.Method) };
                line = Line(target);
                break;
            case 2:
                line = $"{target.Method} {OddPath(target.Path)} HTTP/1.1";
                break;
            case 3:
                return Request(target, Soundness.Odd, $"{line}\r\n{_headers.Hosts()}{headers}{Type(body)}", Framed(body));
            default:
                headers += _headers.Odd();
                break;
        }

        return Request(target, Soundness.Odd, $"{line}\r\nHost: localhost\r\n{headers}{Type(body)}", Framed(body));
    }

    private OddRequest Broken()
    {
        var target = targets.Next();
        // What comes after the head of an answer to HEAD could be anything.
        target = target.Method == "HEAD" ? target with { Method = "GET" } : target;
        var head = Head(target, _headers.Some(), []);
        var body = _bodies.Next(target.Username ?? "new-");
        var size = $"{body.Length:x}";
        return text.Below(11) switch
        {
            0 => Request(target, Soundness.Broken, $"{head}Content-Length: {text.Number()}\r\n", Ended(body)),
            1 => Request(
                target, Soundness.Broken, $"{head}Content-Length: {body.Length}\r\nContent-Length: {text.Below(9)}\r\n", Ended(body)),
            2 => Request(target, Soundness.Broken, $"{head}Content-Length: {body.Length + text.Below(1_000)}\r\n", Ended(body)),
            3 => Request(
                target, Soundness.Broken, $"{head}Transfer-Encoding: {text.Any("gzip", "identity", "chunked, gzip", "x")}\r\n", Ended(body)),
            4 => Request(
                target, Soundness.Broken, $"{head}Transfer-Encoding: chunked\r\nContent-Length: {body.Length}\r\n", Chunks(body, size)),
            5 => Request(
                target, Soundness.Broken, $"{head}Transfer-Encoding: chunked\r\n",
                Chunks(body, text.Any(
                    "", "-1", "g", "0x1", "ffffffff", "7fffffffffffffff", "fffffffffffffffff", $"{size} ", text.Number()))),
            6 => Request(
                target, Soundness.Broken, $"{head}Transfer-Encoding: chunked\r\n",
                Chunks(body, $"{size};{text.Plain(text.Below(20_000))}=\"{text.Plain(9)}\"")),
            7 => Request(target, Soundness.Broken, $"{head}Content-Length: {TooLarge}\r\n", Ended(text.Bytes(TooLarge))),
            8 => Request(target, Soundness.Broken, $"{head}Transfer-Encoding: chunked\r\n", Chunks(text.Bytes(TooLarge), $"{TooLarge:x}")),
            9 => Request(target, Soundness.Broken, $"{Line(target)}\r\nHost: localhost\r\nX: {new string('x', TooLarge)}\r\n", Ended([])),
            _ => new OddRequest(
                "", text.Any(text.Bytes(200), [0x16, 3, 1, 2, 0, 1, .. text.Bytes(100)], "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray()),
                Soundness.Broken, Id: null),
        };
    }

    private OddRequest Cut(OddRequest request) =>
        request with { Bytes = request.Bytes[..text.Below(request.Bytes.Length)], Soundness = Soundness.Broken };

    // What writes needs a body, others may have one.
    private byte[] Body(OddTarget target) =>
        target.Username is not null || text.OneIn(10) ? _bodies.Next(target.Username ?? "new-") : [];

    private static string Line(OddTarget target) => $"{target.Method} {target.Path} HTTP/1.1";

    private string Head(OddTarget target, string headers, byte[] body) =>
        $"{Line(target)}\r\nHost: {_headers.Host()}\r\n{headers}{Type(body)}";

    private string Type(byte[] body) => body.Length == 0 && !text.OneIn(20) ? "" : text.Below(4) switch
    {
        0 => _headers.ContentType(),
        _ => $"Content-Type: {Json}\r\n",
    };

    // None that would write what is only to be read, if its letters' case did not count.
    private string OddMethod(string method) =>
        text.Any(method.ToLowerInvariant(), "BREW", "TRACE", "CONNECT", "PROPFIND", "OPTIONS", "PATCH", "PRI", text.Plain(40));

    private string OddPath(string path) => text.Below(9) switch
    {
        0 => $"http://localhost{path}",
        1 => $"{text.Any("http", "https", "ftp", "x")}://{text.Any("example.com", "", "a:b@localhost", "[::1", "localhost:99999")}{path}",
        2 => text.Any("*", "localhost:80", "example.com", "", "?", "#", "\\", "//", "/..", "/../../etc/passwd", "/./"),
        3 => $"{path}{text.Any("%00", "%", "%z", "%zz", "%ff", "%c0%af", "%ed%a0%80", "%u0041")}",
        4 => $"{path}{text.Any("#x", " x", "\t", "\u00ff", "\0", "\u007f", "|", "\"<>^`{}")}",
        5 => $"{path}?{text.Plain(text.Any(7_000, 20_000))}",
        6 => path.Replace("/", text.Any("//", "/./", "/x/../", "\\", "%2f"), StringComparison.Ordinal),
        _ => $"{path}?{Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text.Unicode(5).Replace("\n", "", StringComparison.Ordinal)))}",
    };

    /// <summary>A body with its length, in one way or the other.</summary>
    private byte[] Framed(byte[] body) =>
        body.Length == 0 && text.OneIn(2) ? "\r\n"u8.ToArray()
        : text.OneIn(3) ? [.. "Transfer-Encoding: chunked\r\n"u8, .. Pieces(body)]
        : [.. Latin1($"Content-Length: {body.Length}\r\n"), .. Ended(body)];

    private byte[] Pieces(byte[] body)
    {
        List<byte> all = [.. "\r\n"u8];
        while (body.Length > 0)
        {
            var length = 1 + text.Below(body.Length);
            all.AddRange([.. Latin1($"{length:X}{text.Any("", "", ";x", ";x=\"y\"")}\r\n"), .. body[..length], .. "\r\n"u8]);
            body = body[length..];
        }

        return [.. all, .. Latin1($"0\r\n{text.Any("", "", "X-Trailer: x\r\n")}\r\n")];
    }

    private static byte[] Ended(byte[] body) => [.. "\r\n"u8, .. body];

    private static byte[] Chunks(byte[] body, string size) => [.. Latin1($"\r\n{size}\r\n"), .. body, .. "\r\n0\r\n\r\n"u8];

    private static OddRequest Request(OddTarget target, Soundness soundness, string head, byte[] rest) =>
        new(target.Method, [.. Latin1(head), .. rest], soundness, target.Id);

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);
}
