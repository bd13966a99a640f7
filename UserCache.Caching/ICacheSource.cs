namespace UserCache.Caching;

/// <summary>Where the truth is.</summary>
public interface ICacheSource
{
    /// <summary>Reads what is committed, with one query.</summary>
    /// <param name="rows">The rows' keys as text, each once.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>The row of each key, or <see cref="SourceRow.Gone"/>, in the order of <paramref name="rows"/>.</returns>
    public Task<IReadOnlyList<SourceRow>> LoadAsync(IReadOnlyList<string> rows, CancellationToken cancellationToken);

    /// <summary>Whether a text is the key of a row that there may be; of any, by default.</summary>
    /// <param name="row">What someone takes for it.</param>
    public bool IsKey(string row) => true;
}
