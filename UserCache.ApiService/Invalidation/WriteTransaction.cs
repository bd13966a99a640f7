using System.Diagnostics;
using Npgsql;
using UserCache.Caching;

namespace UserCache.ApiService.Invalidation;

/// <summary>A transaction that changes one row which is cached: the writer's part of the protocol.</summary>
internal sealed class WriteTransaction : IAsyncDisposable
{
    // Of a statement; the commit has a deadline of its own.
    private const int TimeoutSeconds = 3;

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private WriteTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (_connection, _transaction) = (connection, transaction);

    /// <summary>Begins one.</summary>
    public static async Task<WriteTransaction> BeginAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            return new WriteTransaction(connection, await connection.BeginTransactionAsync(cancellationToken));
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
        if (Activity.Current is { Recorded: true, Id: { } trace })
        {
            Add(batch, "SELECT set_config('usercache.traceparent', $1, true)", [new NpgsqlParameter<string> { TypedValue = trace }]);
        }

        Add(batch, sql, parameters);
        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        for (var before = 1; before < batch.BatchCommands.Count; before++)
        {
            await rows.NextResultAsync(cancellationToken);
        }

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
        catch (OperationCanceledException late)
        {
            throw new NpgsqlException("The commit was not answered in time.", late);
        }
        catch (PostgresException refused) when (refused.InvariantSeverity == "ERROR")
        {
            // So nothing has changed. After any other failure nobody knows: the write is left to its deadline.
            await cache.EndWriteAsync(write);
            throw;
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
