using System.Text;

namespace UserCache.Tests.Fuzz;

/// <summary>Reads answers off a connection, one after the other, by their own word of where they end.</summary>
internal sealed class AnswerReader(Stream stream) : IDisposable
{
    private const int FirstFinal = 200;

    // A character a byte.
    private readonly StreamReader _reader = new(stream, Encoding.Latin1);

    /// <summary>Whether no other answer follows: the last one says so, or it could not be read.</summary>
    public bool IsLast { get; private set; }

    /// <param name="method">Of the request.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns><see langword="null"/> when the connection has ended instead.</returns>
    /// <exception cref="InvalidDataException">It is no answer, or not a whole one.</exception>
    public async Task<Answer?> ReadAsync(string method, CancellationToken cancellationToken)
    {
        IsLast = true;
        int status;
        Dictionary<string, string> headers;
        do
        {
            if (await _reader.ReadLineAsync(cancellationToken) is not { } line)
            {
                return null;
            }

            var isAnswer = line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal);
            status = isAnswer ? int.Parse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture)
                : throw new InvalidDataException($"This is no answer: {line}");
            headers = await ReadHeadersAsync(cancellationToken);
        }
        while (status < FirstFinal);

        var body = method == "HEAD" || status is 204 or 304 ? ""
            : headers.ContainsKey("Transfer-Encoding") ? await ReadChunksAsync(cancellationToken)
            : headers.TryGetValue("Content-Length", out var length)
            ? await ReadAsync(int.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture), cancellationToken)
            : await _reader.ReadToEndAsync(cancellationToken);
        IsLast = headers.GetValueOrDefault("Connection") == "close";
        return new Answer(
            status,
            Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(body)),
            headers.GetValueOrDefault("Content-Type")?.Split(';')[0],
            headers);
    }

    public void Dispose() => _reader.Dispose();

    private async Task<Dictionary<string, string>> ReadHeadersAsync(CancellationToken cancellationToken)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await ReadLineAsync(cancellationToken) is { Length: > 0 } line)
        {
            var parts = line.Split(':', 2, StringSplitOptions.TrimEntries);
            headers[parts[0]] = parts[1];
        }

        return headers;
    }

    private async Task<string> ReadChunksAsync(CancellationToken cancellationToken)
    {
        var body = new StringBuilder();
        while (true)
        {
            var size = int.Parse(await ReadLineAsync(cancellationToken), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Append(await ReadAsync(size, cancellationToken));
            await ReadLineAsync(cancellationToken);
            if (size == 0)
            {
                return body.ToString();
            }
        }
    }

    private async Task<string> ReadAsync(int length, CancellationToken cancellationToken)
    {
        // To read nothing waits for something.
        if (length == 0)
        {
            return "";
        }

        var buffer = new char[length];
        var read = await _reader.ReadBlockAsync(buffer, cancellationToken);
        return read == length ? new string(buffer) : throw new InvalidDataException($"The answer ended after {read} of {length} bytes.");
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken) =>
        await _reader.ReadLineAsync(cancellationToken) ?? throw new InvalidDataException("The answer ended too early.");
}
