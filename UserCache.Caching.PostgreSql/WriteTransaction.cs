using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace UserCache.Caching.PostgreSql;

/// <summary>
/// A transaction that changes rows which are cached: the writer's part of the protocol. Made by <see cref="CachedWrites"/>; disposed of
/// without a commit, it is rolled back. One caller at a time.
/// </summary>
public sealed class WriteTransaction : IAsyncDisposable
{
    /// <summary>How many rows may be named for one commit.</summary>
    public const int MaxRows = 1_000;

    // Of a statement; the commit has a deadline of its own.
    private const int TimeoutSeconds = 3;

    // Of this transaction, not of the session: that is a pooler's, where there is one.
    private const string Settings =
        "SELECT set_config('idle_in_transaction_session_timeout', $1, true), set_config('usercache.traceparent', $2, true)";

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly Pooler _pooler;
    private readonly CacheInvalidation _cache;
    private readonly string _idleLimit;
    private readonly IDisposable _turn;
    private bool _hasFailed;

    private WriteTransaction(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Pooler pooler, CacheInvalidation cache, TimeSpan timeToCommit,
        IDisposable turn)
    {
        (_connection, _transaction, _pooler, _cache, _turn) = (connection, transaction, pooler, cache, turn);
        _idleLimit = ((long)timeToCommit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Begins one.</summary>
    /// <param name="database">Where.</param>
    /// <param name="pooler">What may be between.</param>
    /// <param name="cache">Where the rows are cached.</param>
    /// <param name="timeToCommit">
    /// After how long the database ends it by itself, should nothing come any more: a writer that was held up must not commit when the
    /// cache takes it for dead.
    /// </param>
    /// <param name="turn">Disposed of with it.</param>
    /// <param name="cancellationToken">Ends the wait for a connection.</param>
    internal static async Task<WriteTransaction> BeginAsync(
        NpgsqlDataSource database, Pooler pooler, CacheInvalidation cache, TimeSpan timeToCommit, IDisposable turn,
        CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            var transaction = await connection.BeginTransactionAsync(cancellationToken);
            return new WriteTransaction(connection, transaction, pooler, cache, timeToCommit, turn);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Runs a statement, and tells the trigger that fills the outbox which trace it belongs to: the relay links back to it. When one has
    /// failed there is nothing to do but to begin anew.
    /// </summary>
    /// <param name="sql">
    /// A statement. The first two hundred texts are prepared, once for each connection; others cost a little more.
    /// </param>
    /// <param name="read">Reads a row that it returns.</param>
    /// <param name="parameters">In the order of their numbers in the statement.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The first row, or the default where there is none.</returns>
    /// <exception cref="NpgsqlException">The database refuses, or does not answer within three seconds.</exception>
    public async Task<T?> RunAsync<T>(
        string sql, Func<NpgsqlDataReader, T> read, IEnumerable<NpgsqlParameter> parameters, CancellationToken cancellationToken) =>
        (await RunAllAsync(sql, read, parameters, cancellationToken)) is [var first, ..] ? first : default;

    /// <summary>The same, with all rows.</summary>
    /// <param name="sql">A statement.</param>
    /// <param name="read">Reads a row that it returns.</param>
    /// <param name="parameters">In the order of their numbers in the statement.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="NpgsqlException">The database refuses, or does not answer within three seconds.</exception>
    public async Task<IReadOnlyList<T>> RunAllAsync<T>(
        string sql, Func<NpgsqlDataReader, T> read, IEnumerable<NpgsqlParameter> parameters, CancellationToken cancellationToken)
    {
        // Until it has not.
        _hasFailed = true;
        await using var batch = new NpgsqlBatch(_connection, _transaction) { Timeout = TimeoutSeconds };
        var trace = Activity.Current is { Recorded: true, Id: { } id } ? id : "";
        Add(batch, Settings, [new NpgsqlParameter<string> { TypedValue = _idleLimit }, new NpgsqlParameter<string> { TypedValue = trace }]);
        Add(batch, sql, parameters);
        if (_pooler.MayPrepare(sql))
        {
            // Once for each connection.
            await batch.PrepareAsync(cancellationToken);
        }

        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        await rows.NextResultAsync(cancellationToken);
        var all = new List<T>();
        // To the end: a trigger's error comes after the rows.
        do
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                all.Add(read(rows));
            }
        }
        while (await rows.NextResultAsync(cancellationToken));

        _hasFailed = false;
        return all;
    }

    /// <summary>
    /// Commits the changes, and sees to it that the caches forget what was before. Who reads one of the rows, and then another, never sees
    /// the change in the one and not in the other; but for copies near the readers, which may be late as always.
    /// </summary>
    /// <param name="rows">
    /// All rows that were changed, added or deleted, a thousand at most. Of those that are not named the outbox tells the caches, soon
    /// after.
    /// </param>
    /// <returns>
    /// Whether every later read gives the change, on every replica. Otherwise Redis was not reached, and that takes until it is relayed.
    /// </returns>
    /// <exception cref="ArgumentException">There are more rows than that.</exception>
    /// <exception cref="InvalidOperationException">A statement has failed before: nothing has changed.</exception>
    /// <exception cref="PostgresException">The database has refused: nothing has changed.</exception>
    /// <exception cref="CommitUnknownException">The database has not answered: nobody knows whether anything has changed.</exception>
    public async Task<bool> CommitAsync(params IEnumerable<(CacheAside Cache, RowKey Row)> rows)
    {
        var keys = rows.Select(row => row.Cache.KeyOf(row.Row)).ToList();
        if (keys.Count > MaxRows)
        {
            throw new ArgumentException($"{keys.Count} rows are more than {MaxRows}.", nameof(rows));
        }

        // The database would take the commit for a rollback, and not say so in any way that the driver passes on.
        if (_hasFailed)
        {
            throw new InvalidOperationException("A statement of this transaction has failed: it can't be committed.");
        }

        using var span = CacheTelemetry.StartWrite(keys);
        try
        {
            return await CommitAsync(keys);
        }
        catch (Exception failure)
        {
            CacheTelemetry.Failed(span, failure);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var turn = _turn;
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private async Task<bool> CommitAsync(List<string> keys)
    {
        var write = await _cache.BeginWriteAsync(keys);
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
            await _cache.EndWriteAsync(write);
            throw;
        }
        catch (Exception failure)
        {
            throw new CommitUnknownException(failure);
        }

        return await _cache.EndWriteAsync(write);
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
