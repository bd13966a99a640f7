using Microsoft.EntityFrameworkCore;

namespace UserCache.ApiService.Invalidation;

/// <summary>A committed change: from this version on, what is cached of the row is old.</summary>
/// <param name="RowId">The changed row.</param>
/// <param name="Version">Its version.</param>
/// <param name="Id">The outbox row; 0 when it is that of many, to none of which anything is to be noted.</param>
/// <param name="TraceParent">The trace of the write that made it (W3C Trace Context), if there was one.</param>
internal sealed record Change(long RowId, long Version, long Id, string? TraceParent);

/// <summary>
/// The table <c>cache_invalidations</c>, which a trigger writes in the transaction of every change, whoever makes it.
/// </summary>
/// <param name="database">The database that has it.</param>
internal sealed class Outbox(DbContext database)
{
    // With so few rows at a time nobody has to wait for the purge; the relay has its turn in between.
    private const int PurgeBatch = 10_000;

    // To count further would cost more than it tells.
    private const int MaxDepth = 100_000;

    /// <summary>
    /// The oldest changes that nobody has relayed yet. They are not locked: whoever hangs on the way to Redis would hold them back from
    /// everyone. Now and then two replicas relay the same change; that does no harm.
    /// </summary>
    public Task<List<Change>> PendingAsync(int limit, CancellationToken cancellationToken) =>
        database.Database.SqlQuery<Change>(
            $"""
            SELECT user_id AS "RowId", version AS "Version", id AS "Id", traceparent AS "TraceParent"
            FROM cache_invalidations WHERE relayed_at IS NULL ORDER BY id LIMIT {limit}
            """).ToListAsync(cancellationToken);

    /// <summary>
    /// The newest change of each row of all that are kept. That is more than the replay window after a long outage, in which nothing is
    /// purged; and it includes those that have not been relayed yet: someone may be about to note that he has, to a server that is no more.
    /// </summary>
    public Task<List<Change>> KeptAsync(CancellationToken cancellationToken) =>
        database.Database.SqlQuery<Change>(
            $"""
            SELECT user_id AS "RowId", max(version) AS "Version", 0::bigint AS "Id", NULL AS "TraceParent"
            FROM cache_invalidations GROUP BY user_id
            """).ToListAsync(cancellationToken);

    /// <summary>Notes that changes have been relayed, except those that someone else is noting.</summary>
    /// <returns>For each that was noted, the time since it was made, by the database's clock.</returns>
    public Task<List<TimeSpan>> MarkRelayedAsync(long[] ids, CancellationToken cancellationToken) =>
        database.Database.SqlQuery<TimeSpan>(
            $"""
            UPDATE cache_invalidations SET relayed_at = clock_timestamp() WHERE id IN (
                SELECT id FROM cache_invalidations WHERE id = ANY ({ids}) AND relayed_at IS NULL FOR UPDATE SKIP LOCKED)
            RETURNING relayed_at - created_at AS "Value"
            """).ToListAsync(cancellationToken);

    /// <summary>How many changes wait to be relayed.</summary>
    public async Task<long> DepthAsync(CancellationToken cancellationToken) =>
        (await database.Database.SqlQuery<long>(
            $"""
            SELECT count(*) AS "Value" FROM (SELECT FROM cache_invalidations WHERE relayed_at IS NULL LIMIT {MaxDepth}) AS pending
            """).ToListAsync(cancellationToken))[0];

    /// <summary>Deletes what was relayed longer ago than the replay window.</summary>
    /// <returns>Whether that was all.</returns>
    public async Task<bool> PurgeAsync(TimeSpan window, CancellationToken cancellationToken) =>
        await database.Database.ExecuteSqlAsync(
            $"""
            DELETE FROM cache_invalidations WHERE id IN (
                SELECT id FROM cache_invalidations WHERE relayed_at < clock_timestamp() - {window}
                LIMIT {PurgeBatch} FOR UPDATE SKIP LOCKED)
            """,
            cancellationToken) < PurgeBatch;
}
