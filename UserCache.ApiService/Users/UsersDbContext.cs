using Microsoft.EntityFrameworkCore;

namespace UserCache.ApiService.Users;

/// <summary>The <c>users</c> table. Its triggers are in the migrations.</summary>
internal sealed class UsersDbContext(DbContextOptions<UsersDbContext> options) : DbContext(options)
{
    public const string PrimaryKey = "PK_users";
    public const string UsernameIndex = "ux_users_username";

    public DbSet<User> Users => Set<User>();

    private static string NoControlCharacters(string column) => $@"{column} !~ '[\u0001-\u001F\u007F-\u009F]'";

    // What can be read.
    private static string WithinFourDigitYears(string column) =>
        $"{column} BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'";

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
            table.HasCheckConstraint("ck_users_created_at", WithinFourDigitYears("created_at"));
            table.HasCheckConstraint("ck_users_updated_at", WithinFourDigitYears("updated_at"));
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
