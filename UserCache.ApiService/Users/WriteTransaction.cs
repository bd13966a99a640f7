using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace UserCache.ApiService.Users;

/// <summary>A transaction that changes users.</summary>
internal static class WriteTransaction
{
    /// <summary>Begins one, and tells the trigger that fills the outbox which trace it belongs to: the relay links back to it.</summary>
    public static async Task<IDbContextTransaction> BeginAsync(UsersDbContext database, CancellationToken cancellationToken)
    {
        var transaction = await database.Database.BeginTransactionAsync(cancellationToken);
        try
        {
            if (Activity.Current is { Recorded: true, Id: { } trace })
            {
                await database.Database.ExecuteSqlAsync($"SELECT set_config('usercache.traceparent', {trace}, true)", cancellationToken);
            }

            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }
}
