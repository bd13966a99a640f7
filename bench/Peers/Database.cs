using Microsoft.EntityFrameworkCore;

namespace UserCache.Peers;

/// <summary>No cache.</summary>
internal static class Database
{
    public static Contestant Npgsql { get; } = new(_ => { }, app =>
    {
        app.MapGet(Contestants.Path, async (long id, UsersTable users, CancellationToken cancellationToken) =>
            Contestants.Answer(await users.ReadAsync(id, cancellationToken)));
        app.MapPut(Contestants.Path, PlainUpdate.PutAsync);
    });

    public static Contestant EntityFramework { get; } = new(_ => { }, app => app.MapGet(
        Contestants.Path,
        async (long id, UsersContext users, CancellationToken cancellationToken) =>
            Contestants.Answer(await users.Users.AsNoTracking().FirstOrDefaultAsync(user => user.Id == id, cancellationToken))));
}
