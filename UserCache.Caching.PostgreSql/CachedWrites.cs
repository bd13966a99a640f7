using Microsoft.Extensions.Options;
using Npgsql;

namespace UserCache.Caching.PostgreSql;

/// <summary>Begins transactions that change rows which are cached. May be used by all at the same time.</summary>
public sealed class CachedWrites
{
    private readonly NpgsqlDataSource _database;
    private readonly Pooler _pooler;
    private readonly CacheInvalidation _cache;
    private readonly DatabaseShare _share;
    private readonly TimeSpan _timeToCommit;

    internal CachedWrites(
        NpgsqlDataSource database, Pooler pooler, CacheInvalidation cache, DatabaseShare share, IOptions<CacheOptions> options)
    {
        (_database, _pooler, _cache, _share) = (database, pooler, cache, share);
        _timeToCommit = options.Value.TimeToCommit;
    }

    /// <summary>Begins a transaction.</summary>
    /// <param name="cancellationToken">Ends the wait for a connection.</param>
    /// <exception cref="SourceUnavailableException">Too many writes are under way, and wait.</exception>
    /// <exception cref="NpgsqlException">The database can't be reached.</exception>
    public async Task<WriteTransaction> BeginAsync(CancellationToken cancellationToken)
    {
        var turn = await _share.EnterAsync(cancellationToken);
        try
        {
            return await WriteTransaction.BeginAsync(_database, _pooler, _cache, _timeToCommit, turn, cancellationToken);
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }
}
