using Microsoft.EntityFrameworkCore;

namespace UserCache.ApiService.Users;

/// <summary>A thousand users to try the service with; the same ones every time.</summary>
internal static class DemoUsers
{
    public const int Count = 1_000;

    // Any number will do, as long as all replicas have the same.
    private const long AdvisoryLock = 0x75736572;
    private const int Seed = 1815;

    private static readonly string[] FirstNames =
    [
        "ada", "alan", "amina", "anders", "barbara", "beatriz", "carlos", "chen", "claude", "dennis", "dorothy", "edsger", "elif", "emmy",
        "fatima", "frances", "giulia", "grace", "hana", "hedy", "igor", "ingrid", "ivan", "jean", "joan", "john", "karen", "katherine",
        "ken", "kofi", "leslie", "lin", "margaret", "maria", "niklaus", "priya", "radia", "sofia", "tim", "yuki",
    ];

    private static readonly string[] LastNames =
    [
        "allen", "backus", "bakker", "costa", "dijkstra", "fernandez", "goldberg", "hamilton", "hopper", "ivanov", "jansen", "johnson",
        "kaya", "knuth", "lamarr", "lamport", "liskov", "lovelace", "mensah", "noether", "perlman", "rossi", "sato", "turing", "wirth",
    ];

    /// <summary>Adds the demo users if the table is empty.</summary>
    /// <returns>How many were added.</returns>
    public static async Task<int> AddAsync(UsersDbContext database, CancellationToken cancellationToken)
    {
        await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken);
        // Replicas that start together would each find the table empty.
        await database.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({AdvisoryLock})", cancellationToken);
        if (await database.Users.AnyAsync(cancellationToken))
        {
            return 0;
        }

        database.Users.AddRange(Create());
        await database.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Count;
    }

    /// <summary>Adds those of the demo users whose names nobody has.</summary>
    /// <returns>How many were added.</returns>
    public static Task<int> AddMissingAsync(UsersDbContext database, CancellationToken cancellationToken)
    {
        var users = Create();
        return database.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO users (username, email)
            SELECT * FROM unnest({users.Select(user => user.Username).ToArray()}, {users.Select(user => user.Email).ToArray()})
            ON CONFLICT (username) DO NOTHING
            """,
            cancellationToken);
    }

    private static User[] Create()
    {
        var names = FirstNames.SelectMany(_ => LastNames, (first, last) => $"{first}.{last}").ToArray();
        // Predictable on purpose: every start gives the same user the same id.
        new Random(Seed).Shuffle(names);
        return [.. names.Take(Count).Select(name => new User { Username = name, Email = $"{name}@example.com" })];
    }
}
