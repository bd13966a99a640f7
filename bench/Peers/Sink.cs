namespace UserCache.Peers;

/// <summary>Where a contestant's traces go (OTLP over HTTP): counts the spans, for <c>GET /spans</c>, and keeps nothing.</summary>
internal static class Sink
{
    // ExportTraceServiceRequest.resource_spans, ResourceSpans.scope_spans, ScopeSpans.spans.
    private static readonly uint[] FieldsToSpan = [1, 2, 2];

    private static long _spans;

    public static Contestant Contestant { get; } = new(_ => { }, app =>
    {
        app.MapPost("/v1/traces", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            Interlocked.Add(ref _spans, Count(body.GetBuffer().AsSpan(0, (int)body.Length), FieldsToSpan));
        });
        app.MapPost("/v1/{other}", () => { });
        app.MapGet("/spans", () => Interlocked.Read(ref _spans));
    });

    // Walks the protobuf message and goes into the fields on the way, of which the last is what is counted.
    private static int Count(ReadOnlySpan<byte> message, ReadOnlySpan<uint> fields)
    {
        var count = 0;
        while (message.Length > 0)
        {
            var tag = Varint(ref message);
            var length = (tag & 7) switch
            {
                0 => Skipped(message),
                1 => 8,
                2 => (int)Varint(ref message),
                5 => 4,
                var type => throw new FormatException($"Protobuf has no field of type {type}."),
            };
            if (tag == ((fields[0] << 3) | 2))
            {
                count += fields.Length == 1 ? 1 : Count(message[..length], fields[1..]);
            }

            message = message[length..];
        }

        return count;
    }

    private static int Skipped(ReadOnlySpan<byte> message)
    {
        var rest = message;
        Varint(ref rest);
        return message.Length - rest.Length;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[0];
            message = message[1..];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
