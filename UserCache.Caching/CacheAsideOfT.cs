using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace UserCache.Caching;

/// <summary>
/// A cache of rows as objects, for callers that use them; who sends the bytes on takes <see cref="Bytes"/>, and parses nothing.
/// All members may be called at the same time, and throw what those of <see cref="CacheAside"/> throw, or <see cref="JsonException"/> for
/// bytes that are not JSON of the type.
/// </summary>
/// <typeparam name="T">The row.</typeparam>
public sealed class CacheAside<T>
    where T : class
{
    private readonly JsonTypeInfo<T> _json;

    internal CacheAside(CacheAside bytes, JsonTypeInfo<T> json) => (Bytes, _json) = (bytes, json);

    /// <summary>The same cache, of bytes.</summary>
    public CacheAside Bytes { get; }

    /// <summary>The same cache, of bytes.</summary>
    public static implicit operator CacheAside(CacheAside<T> cache) => cache.Bytes;

    /// <summary>Reads one row.</summary>
    /// <param name="row">Its key.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns><see langword="null"/> when there is no such row.</returns>
    public async ValueTask<T?> GetAsync(RowKey row, CancellationToken cancellationToken) =>
        Read(await Bytes.GetAsync(row, cancellationToken));

    /// <summary>Reads many rows: one trip to Redis, and one query for all that it does not have.</summary>
    /// <param name="rows">Their keys, each once; some hundreds at most.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>In the order of <paramref name="rows"/>; <see langword="null"/> where there is no such row.</returns>
    public async Task<T?[]> GetManyAsync(IReadOnlyList<RowKey> rows, CancellationToken cancellationToken) =>
        Array.ConvertAll(await Bytes.GetManyAsync(rows, cancellationToken), result => Read(result));

    /// <summary>Says what is cached of a row. It never reads the source.</summary>
    /// <param name="row">Its key.</param>
    /// <param name="cancellationToken">Ends the wait for Redis.</param>
    /// <returns><see langword="null"/> when nothing is cached, or that there is no such row.</returns>
    public async ValueTask<T?> PeekAsync(RowKey row, CancellationToken cancellationToken) =>
        await Bytes.PeekAsync(row, cancellationToken) is { } result ? Read(result) : null;

    /// <summary>The row of a result of <see cref="Bytes"/>.</summary>
    /// <returns><see langword="null"/> when there is no such row.</returns>
    public T? Read(in CacheResult result) =>
        result.Payload.Exists ? JsonSerializer.Deserialize(result.Payload.Body.Span, _json) : null;
}
