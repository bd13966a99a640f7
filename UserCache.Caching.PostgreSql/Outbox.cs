using Npgsql;

namespace UserCache.Caching.PostgreSql;

/// <summary>A committed change: from this version on, what is cached of the row is old.</summary>
/// <param name="Cache">The cache that has rows of its kind.</param>
/// <param name="Row">The changed row's key, as text.</param>
/// <param name="Version">Its version.</param>
/// <param name="Place">The outbox row's.</param>
/// <param name="TraceParent">The trace of the write that made it (W3C Trace Context), if there was one.</param>
internal readonly record struct Change(string Cache, string Row, long Version, OutboxPlace Place, string? TraceParent);

/// <summary>How long a change has waited to be relayed.</summary>
/// <param name="Cache">The cache that has rows of its kind.</param>
/// <param name="Time">Since it was made.</param>
internal readonly record struct Lag(string Cache, TimeSpan Time);

/// <summary>Where a row stands in the outbox, which is read in the order of transactions.</summary>
/// <param name="Transaction">That made the change.</param>
/// <param name="Id">The outbox row's.</param>
internal readonly record struct OutboxPlace(ulong Transaction, long Id);

/// <summary>
/// The table <c>cache_invalidations</c>, which triggers write in the transaction of every change, whoever makes it. What is there for
/// caches that this process has not is left alone: another process relays it, and may have to do so again.
/// </summary>
/// <param name="database">The database that has it, with connections that nobody else takes.</param>
/// <param name="caches">The names of this process' caches.</param>
internal sealed class Outbox(NpgsqlDataSource database, string[] caches)
{
    private const string Transactions = "pg_current_snapshot()::text";
    private const string IsBeyond = "(transaction >= $1::text::xid8 OR transaction = ANY ($2::text[]::xid8[]))";

    // With so few rows at a time nobody has to wait for the purge; the relay has its turn in between.
    private const int PurgeBatch = 10_000;

    /// <summary>
    /// Tells this database from any other, a dump of it that was restored elsewhere among them; but not from a copy of the server's files.
    /// </summary>
    public async Task<string> IdentityAsync(CancellationToken cancellationToken) =>
        (await database.ReadOneAsync(
            """
            SELECT system_identifier || '/' || oid FROM pg_control_system(), pg_database WHERE datname = current_database()
            """,
            [], row => row.GetString(0), cancellationToken))!;

    /// <summary>
    /// The caches whose tables have the triggers that record changes for them: the tables that are found by their names, and not what one
    /// of them was before it was exchanged and renamed.
    /// </summary>
    public Task<List<string>> RecordedAsync(CancellationToken cancellationToken) => database.ReadAsync(
        """
        SELECT max(split_part(encode(tgargs, 'escape'), '\000', 1)) FROM pg_trigger
        JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE tgname IN ('cache_version', 'cache_record', 'cache_truncate') AND tgenabled IN ('O', 'A')
          AND pg_table_is_visible(tgrelid) AND proname = lower(relname) || '_' || tgname
        GROUP BY tgrelid HAVING count(*) = 3
        """,
        [], row => row.GetString(0), cancellationToken);

    /// <summary>Which transactions are committed by now.</summary>
    public async Task<Horizon> HorizonAsync(CancellationToken cancellationToken) =>
        Horizon.Parse((await database.ReadOneAsync($"SELECT {Transactions}", [], row => row.GetString(0), cancellationToken))!);

    /// <summary>
    /// The next changes that nobody has relayed yet. They are not locked: whoever hangs on the way to Redis would hold them back from
    /// everyone. Now and then two replicas relay the same change; that does no harm.
    /// </summary>
    /// <param name="beyond">
    /// Only of transactions that were not committed by then: all others need not even be looked at, alive or dead.
    /// </param>
    /// <param name="after">Only what stands after it.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The changes, and which transactions' were looked for.</returns>
    public async Task<(List<Change> Changes, Horizon Horizon)> PendingAsync(
        Horizon beyond, OutboxPlace after, int limit, CancellationToken cancellationToken)
    {
        // As one bound: of two the index would take the wrong one to begin at, and go through all that is dead.
        var from = after.Transaction < beyond.Next ? new OutboxPlace(beyond.Next, 0) : after;
        var rows = await database.ReadAsync(
            $"""
            SELECT {Transactions}, pending.cache, pending.row_key, pending.version, pending.transaction::text, pending.id,
                   pending.traceparent
            FROM (SELECT) AS always LEFT JOIN (
                (SELECT * FROM cache_invalidations
                 WHERE relayed_at IS NULL AND (transaction, id) > ($1::text::xid8, $6) AND cache = ANY ($7)
                 ORDER BY transaction, id LIMIT $5)
                UNION ALL
                (SELECT * FROM cache_invalidations
                 WHERE relayed_at IS NULL AND transaction = ANY ($2::text[]::xid8[]) AND (transaction, id) > ($3::text::xid8, $4)
                   AND cache = ANY ($7)
                 ORDER BY transaction, id LIMIT $5)
                ORDER BY transaction, id LIMIT $5) AS pending ON true
            """,
            [
                Text(from.Transaction), Texts(beyond.Running), Text(after.Transaction), Number(after.Id), Number(limit), Number(from.Id),
                Caches(),
            ],
            row => (Horizon: row.GetString(0), Change: row.IsDBNull(1) ? (Change?)null : new Change(
                row.GetString(1), row.GetString(2), row.GetInt64(3), PlaceIn(row, 4), row.IsDBNull(6) ? null : row.GetString(6))),
            cancellationToken);
        return ([.. rows.Select(row => row.Change).OfType<Change>()], Horizon.Parse(rows[0].Horizon));
    }

    /// <summary>
    /// Changes that are kept, relayed or not: someone may be about to note that he has, to a server that is no more.
    /// </summary>
    /// <param name="beyond">Only of transactions that were not committed by then.</param>
    /// <param name="after">Only rows with a higher id.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<List<Change>> KeptAsync(Horizon beyond, long after, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(
            $"""
            SELECT cache, row_key, version, transaction::text, id FROM cache_invalidations
            WHERE id > $3 AND {IsBeyond} AND cache = ANY ($5) ORDER BY id LIMIT $4
            """,
            [Text(beyond.Next), Texts(beyond.Running), Number(after), Number(limit), Caches()],
            row => new Change(row.GetString(0), row.GetString(1), row.GetInt64(2), PlaceIn(row, 3), null),
            cancellationToken);

    /// <summary>How many changes are kept, relayed or not, and the highest id in the outbox.</summary>
    /// <param name="beyond">Only of transactions that were not committed by then.</param>
    /// <param name="limit">To count further would cost more than it tells.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<(long Count, long Last)> CountKeptAsync(Horizon beyond, long limit, CancellationToken cancellationToken) =>
        database.ReadOneAsync(
            $"""
            SELECT (SELECT count(*) FROM (SELECT FROM cache_invalidations WHERE {IsBeyond} AND cache = ANY ($4) LIMIT $3) AS kept),
                   (SELECT coalesce(max(id), 0) FROM cache_invalidations)
            """,
            [Text(beyond.Next), Texts(beyond.Running), Number(limit), Caches()],
            row => (row.GetInt64(0), row.GetInt64(1)), cancellationToken);

    /// <summary>How many changes wait to be relayed.</summary>
    /// <param name="limit">To count further would cost more than it tells.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<long> DepthAsync(long limit, CancellationToken cancellationToken) =>
        database.ReadOneAsync(
            """
            SELECT count(*) FROM (
                SELECT FROM cache_invalidations WHERE relayed_at IS NULL AND cache = ANY ($2) LIMIT $1) AS pending
            """,
            [Number(limit), Caches()], row => row.GetInt64(0), cancellationToken);

    /// <summary>Notes that changes have been relayed, except those that someone else is noting.</summary>
    /// <returns>For each that was noted, its cache and the time since it was made, by the database's clock.</returns>
    public Task<List<Lag>> MarkRelayedAsync(long[] ids, CancellationToken cancellationToken) =>
        database.ReadAsync(
            """
            UPDATE cache_invalidations SET relayed_at = clock_timestamp() WHERE id IN (
                SELECT id FROM cache_invalidations WHERE id = ANY ($1) AND relayed_at IS NULL FOR UPDATE SKIP LOCKED)
            RETURNING cache, relayed_at - created_at
            """,
            [new NpgsqlParameter<long[]> { TypedValue = ids }], row => new Lag(row.GetString(0), row.GetTimeSpan(1)), cancellationToken);

    /// <summary>Notes of some of the changes of transactions that were committed by then that they have been relayed.</summary>
    /// <returns>
    /// The place of the last of them, <see langword="null"/> when there are no more; and of each its cache and the time since it was made.
    /// </returns>
    public async Task<(OutboxPlace? Last, IEnumerable<Lag> Lags)> MarkRelayedAsync(
        Horizon until, OutboxPlace after, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(
            $"""
            UPDATE cache_invalidations SET relayed_at = clock_timestamp() WHERE id IN (
                SELECT id FROM cache_invalidations
                WHERE relayed_at IS NULL AND cache = ANY ($5) AND (transaction, id) > ($1::text::xid8, $2)
                  AND transaction < $3::text::xid8 AND transaction <> ALL ($4::text[]::xid8[])
                ORDER BY transaction, id LIMIT {PurgeBatch} FOR UPDATE SKIP LOCKED)
            RETURNING transaction::text, id, cache, relayed_at - created_at
            """,
            [Text(after.Transaction), Number(after.Id), Text(until.Next), Texts(until.Running), Caches()],
            row => (Place: PlaceIn(row, 0), Lag: new Lag(row.GetString(2), row.GetTimeSpan(3))),
            cancellationToken);
        var last = rows.Count == 0 ? (OutboxPlace?)null : rows.MaxBy(row => (row.Place.Transaction, row.Place.Id)).Place;
        return (last, rows.Select(row => row.Lag));
    }

    /// <summary>Deletes what was relayed longer ago than the replay window.</summary>
    /// <returns>Whether that was all.</returns>
    public async Task<bool> PurgeAsync(TimeSpan window, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            $"""
            DELETE FROM cache_invalidations WHERE id IN (
                SELECT id FROM cache_invalidations WHERE relayed_at < clock_timestamp() - $1 AND cache = ANY ($2)
                LIMIT {PurgeBatch} FOR UPDATE SKIP LOCKED)
            """,
            [new NpgsqlParameter<TimeSpan> { TypedValue = window }, Caches()],
            cancellationToken) < PurgeBatch;

    private NpgsqlParameter<string[]> Caches() => new() { TypedValue = caches };

    private static NpgsqlParameter<long> Number(long number) => new() { TypedValue = number };

    // The driver has no type for a transaction's number of 64 bits.
    private static NpgsqlParameter<string> Text(ulong transaction) => new() { TypedValue = $"{transaction}" };

    private static NpgsqlParameter<string[]> Texts(IEnumerable<ulong> transactions) =>
        new() { TypedValue = [.. transactions.Select(transaction => $"{transaction}")] };

    private static OutboxPlace PlaceIn(NpgsqlDataReader row, int column) =>
        new(ulong.Parse(row.GetString(column), System.Globalization.CultureInfo.InvariantCulture), row.GetInt64(column + 1));
}
