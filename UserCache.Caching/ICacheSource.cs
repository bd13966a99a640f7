namespace UserCache.Caching;

/// <summary>Where the truth is.</summary>
public interface ICacheSource
{
    /// <summary>Reads what is committed, with one query.</summary>
    /// <param name="keys">Keys of the cache.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>The row of each key, or <see cref="CachePayload.Absent"/>, in the order of <paramref name="keys"/>.</returns>
    public Task<IReadOnlyList<CachePayload>> LoadAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);
}
