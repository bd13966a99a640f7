namespace UserCache.ApiService;

/// <summary>JSON that is bytes already: they are copied to the response, nothing is parsed.</summary>
internal static class CachedJson
{
    public const string ContentType = "application/json; charset=utf-8";

    /// <summary>Answers with one row. The server sends it when the handler has returned.</summary>
    public static async Task WriteAsync(HttpResponse response, ReadOnlyMemory<byte> row)
    {
        response.ContentType = ContentType;
        var length = Before.Length + row.Length + After.Length;
        response.ContentLength = length;
        // With the header written, what follows goes where it is sent from; otherwise it would be copied there once more.
        await response.StartAsync();
        Copy(row.Span, response.BodyWriter.GetSpan(length));
        response.BodyWriter.Advance(length);
    }

    private static void Copy(ReadOnlySpan<byte> row, Span<byte> body)
    {
        Before.CopyTo(body);
        row.CopyTo(body[Before.Length..]);
        After.CopyTo(body[(Before.Length + row.Length)..]);
    }

    private static ReadOnlySpan<byte> Before => "{\"data\":"u8;

    private static ReadOnlySpan<byte> After => "}"u8;
}
