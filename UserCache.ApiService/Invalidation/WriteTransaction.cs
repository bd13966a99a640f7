using System.Diagnostics;
using System.Globalization;
using Npgsql;
using UserCache.Caching;

namespace UserCache.ApiService.Invalidation;

/// <summary>A transaction that changes one row which is cached: the writer's part of the protocol.</summary>
internal sealed class WriteTransaction : IAsyncDisposable
{
    // Of a statement; the commit has a deadline of its own.
    private const int TimeoutSeconds = 3;

    // Of this transaction, not of the session: that is a pooler's, where there is one.
    private const string Settings =
        "SELECT set_config('idle_in_transaction_session_timeout', $1, true), set_config('usercache.traceparent', $2, true)";

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly Pooler _pooler;
    private readonly string _idleLimit;
    private readonly IDisposable _turn;

    private WriteTransaction(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Pooler pooler, TimeSpan timeToCommit, IDisposable turn)
    {
        (_connection, _transaction, _pooler, _turn) = (connection, transaction, pooler, turn);
        _idleLimit = ((long)timeToCommit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Begins one.</summary>
    /// <param name="database">Where.</param>
    /// <param name="pooler">What may be between.</param>
    /// <param name="timeToCommit">
    /// After how long the database ends it by itself, should nothing come any more: a writer that was held up must not commit when the
    /// cache takes it for dead.
    /// </param>
    /// <param name="turn">Disposed of with it.</param>
    /// <param name="cancellationToken">Ends the wait for a connection.</param>
    public static async Task<WriteTransaction> BeginAsync(
        NpgsqlDataSource database, Pooler pooler, TimeSpan timeToCommit, IDisposable turn, CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            var transaction = await connection.BeginTransactionAsync(cancellationToken);
            return new WriteTransaction(connection, transaction, pooler, timeToCommit, turn);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Runs a statement, and tells the trigger that fills the outbox which trace it belongs to: the relay links back to it.
    /// </summary>
    /// <param name="sql">A statement that returns one row at most.</param>
    /// <param name="read">Reads the row.</param>
    /// <param name="parameters">In the order of their numbers in the statement.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The row, or the default where there is none.</returns>
    public async Task<T?> RunAsync<T>(
        string sql, Func<NpgsqlDataReader, T> read, IEnumerable<NpgsqlParameter> parameters, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(_connection, _transaction) { Timeout = TimeoutSeconds };
        var trace = Activity.Current is { Recorded: true, Id: { } id } ? id : "";
        Add(batch, Settings, [new NpgsqlParameter<string> { TypedValue = _idleLimit }, new NpgsqlParameter<string> { TypedValue = trace }]);
        Add(batch, sql, parameters);
        if (!_pooler.IsThere)
        {
            // Once for each connection.
            await batch.PrepareAsync(cancellationToken);
        }

        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        await rows.NextResultAsync(cancellationToken);
        var row = await rows.ReadAsync(cancellationToken) ? read(rows) : default;
        // To the end: a trigger's error comes after the row.
        while (await rows.ReadAsync(cancellationToken) || await rows.NextResultAsync(cancellationToken))
        {
        }

        return row;
    }

    /// <summary>Commits the change, and sees to it that the cache forgets what was before.</summary>
    /// <param name="cache">Where the row is cached.</param>
    /// <param name="key">The cache's key of the row.</param>
    /// <returns>See <see cref="CacheInvalidation.EndWriteAsync"/>.</returns>
    public async Task<bool> CommitAsync(CacheInvalidation cache, string key)
    {
        using var span = CacheTelemetry.StartWrite(key);
        try
        {
            return await CommitThroughCacheAsync(cache, key);
        }
        catch (Exception failure)
        {
            CacheTelemetry.Failed(span, failure);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var turn = _turn;
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private async Task<bool> CommitThroughCacheAsync(CacheInvalidation cache, string key)
    {
        var write = await cache.BeginWriteAsync(key);
        // Not the request's: from here on the change is made, whether or not someone waits for the answer.
        using var deadline = new CancellationTokenSource(write.TimeToCommit);
        try
        {
            await _transaction.CommitAsync(deadline.Token);
        }
        // A pooler that has lost the server has an error to tell as well, in class 08.
        catch (PostgresException refused)
            when (refused.InvariantSeverity == "ERROR" && !refused.SqlState.StartsWith("08", StringComparison.Ordinal))
        {
            // So nothing has changed. After any other failure nobody knows: the write is left to its deadline.
            await cache.EndWriteAsync(write);
            throw;
        }
        catch (Exception failure)
        {
            throw new CommitUnknownException(failure);
        }

        return await cache.EndWriteAsync(write);
    }

    private static void Add(NpgsqlBatch batch, string sql, IEnumerable<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        batch.BatchCommands.Add(command);
    }
}
