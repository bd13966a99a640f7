using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace UserCache.Peers;

/// <summary>A user, as all contestants answer it.</summary>
internal sealed record User(long Id, string Username, string? Email, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long Version);

/// <summary>What a client sends to replace a user.</summary>
internal sealed record UserInput(string Username, string? Email);

/// <summary>The answer's body.</summary>
internal sealed record UserResponse(User Data);

/// <summary>The table of users, by the driver alone or by Entity Framework.</summary>
internal sealed class UsersTable(NpgsqlDataSource database)
{
    public const string Columns = "id, username, email, created_at, updated_at, version";

    public async ValueTask<User?> ReadAsync(long id, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"SELECT {Columns} FROM users WHERE id = $1");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = id });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        return await rows.ReadAsync(cancellationToken) ? Current(rows) : null;
    }

    /// <returns>The user as it is now; <see langword="null"/> when there is none.</returns>
    public async Task<User?> ReplaceAsync(long id, UserInput input, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"UPDATE users SET username = $1, email = $2 WHERE id = $3 RETURNING {Columns}");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = input.Username });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = input.Email });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = id });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        return await rows.ReadAsync(cancellationToken) ? Current(rows) : null;
    }

    public async Task<List<User>> ReadFirstAsync(int count)
    {
        await using var command = database.CreateCommand($"SELECT {Columns} FROM users ORDER BY id LIMIT {count}");
        await using var rows = await command.ExecuteReaderAsync();
        var users = new List<User>();
        while (await rows.ReadAsync())
        {
            users.Add(Current(rows));
        }

        return users;
    }

    public static User Current(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2),
        row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset>(4), row.GetInt64(5));
}

/// <summary>The same table for Entity Framework.</summary>
internal sealed class UsersContext(DbContextOptions<UsersContext> options) : DbContext(options)
{
    public DbSet<User> Users => Set<User>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<User>(user =>
    {
        user.ToTable("users");
        user.Property(row => row.Id).HasColumnName("id");
        user.Property(row => row.Username).HasColumnName("username");
        user.Property(row => row.Email).HasColumnName("email");
        user.Property(row => row.CreatedAt).HasColumnName("created_at");
        user.Property(row => row.UpdatedAt).HasColumnName("updated_at");
        user.Property(row => row.Version).HasColumnName("version");
    });
}

internal static class UsersTableExtensions
{
    public static void AddUsersTable(this IHostApplicationBuilder builder)
    {
        // As UserCache has it: statements are prepared on the server after a few uses.
        var connection = $"{builder.Configuration.GetConnectionString("usersdb")};Max Auto Prepare=20";
        builder.Services.AddNpgsqlDataSource(connection);
        builder.Services.AddSingleton<UsersTable>();
        builder.Services.AddDbContextPool<UsersContext>(options => options.UseNpgsql(connection));
    }
}
