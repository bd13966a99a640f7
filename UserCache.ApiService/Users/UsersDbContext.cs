using Microsoft.EntityFrameworkCore;

namespace UserCache.ApiService.Users;

/// <summary>The <c>users</c> table. Its triggers are in the first migration.</summary>
internal sealed class UsersDbContext(DbContextOptions<UsersDbContext> options) : DbContext(options)
{
    public const string UsernameIndex = "ux_users_username";

    public DbSet<User> Users => Set<User>();

    private static string NoControlCharacters(string column) => $@"{column} !~ '[\u0001-\u001F\u007F-\u009F]'";

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<User>(user =>
    {
        user.ToTable("users", table =>
        {
            table.HasCheckConstraint("ck_users_id", "id > 0");
            table.HasCheckConstraint(
                "ck_users_username",
                $"char_length(username) BETWEEN 1 AND {UsernameAttribute.MaxLength} AND {NoControlCharacters("username")}");
            table.HasCheckConstraint(
                "ck_users_email",
                $"char_length(email) <= {UserInput.MaxEmailLength} AND {NoControlCharacters("email")}");
        });
        user.Property(row => row.Id).HasColumnName("id").UseIdentityAlwaysColumn();
        user.Property(row => row.Username).HasColumnName("username");
        user.Property(row => row.Email).HasColumnName("email");
        user.Property(row => row.CreatedAt).HasColumnName("created_at").HasDefaultValueSql("now()");
        user.Property(row => row.UpdatedAt).HasColumnName("updated_at").HasDefaultValueSql("now()").ValueGeneratedOnAddOrUpdate();
        user.Property(row => row.Version).HasColumnName("version").HasDefaultValue(1L).ValueGeneratedOnAddOrUpdate();
        user.HasIndex(row => row.Username).IsUnique().HasDatabaseName(UsernameIndex);
    });
}
