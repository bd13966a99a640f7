namespace UserCache.Caching;

/// <summary>What a cache keeps and gives: a row's bytes, as they go to the client, and its version.</summary>
/// <param name="Version">Grows with every change of the row; 0 means that there is no such row.</param>
/// <param name="Body">The bytes; empty when there is no such row.</param>
public readonly record struct CachePayload(long Version, ReadOnlyMemory<byte> Body)
{
    /// <summary>There is no such row.</summary>
    public static CachePayload Absent => default;

    /// <summary>Whether there is such a row.</summary>
    public bool Exists => Version > 0;

    /// <summary>Whether version and bytes are the same.</summary>
    public bool IsSame(CachePayload other) => Version == other.Version && Body.Span.SequenceEqual(other.Body.Span);
}
