using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace UserCache.Caching;

/// <summary>What a source gives for a key: the row, or that there is none; and how long it may be kept.</summary>
public readonly record struct SourceRow
{
    private SourceRow(CachePayload payload) => Payload = payload;

    /// <summary>There is no such row. Kept too, for the negative expiry: unknown keys do not reach the source every time.</summary>
    public static SourceRow Gone => default;

    /// <summary>The row's bytes and version.</summary>
    public CachePayload Payload { get; }

    /// <summary>
    /// For how long it may be served at most, where that is shorter than the cache's own expiries; one millisecond at least.
    /// </summary>
    public TimeSpan? Life { get; init; }

    /// <summary>
    /// Whether it is not to be kept at all. Its readers go to the source one by one, on all replicas: not for what is read often.
    /// </summary>
    public bool IsUncacheable { get; init; }

    /// <summary>A row.</summary>
    /// <param name="version">1 at least; grows with every change of the row.</param>
    /// <param name="body">What readers are given; not empty.</param>
    /// <exception cref="ArgumentException">The version is below 1, or there are no bytes.</exception>
    public static SourceRow Of(long version, ReadOnlyMemory<byte> body)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        return body.IsEmpty
            ? throw new ArgumentException("A row has bytes; for one that is not there, say Gone.", nameof(body))
            : new(new CachePayload(version, body));
    }

    /// <summary>A row as JSON.</summary>
    /// <param name="version">1 at least; grows with every change of the row.</param>
    /// <param name="value">The row.</param>
    /// <param name="json">Made at compile time: a serializer context's.</param>
    /// <exception cref="ArgumentException">The version is below 1.</exception>
    public static SourceRow Of<T>(long version, T value, JsonTypeInfo<T> json) =>
        Of(version, JsonSerializer.SerializeToUtf8Bytes(value, json));
}
