using Npgsql;

namespace UserCache.ApiService.Users;

/// <summary>A row of <c>users</c>, read by the driver alone.</summary>
internal static class UserRow
{
    /// <summary>In the order in which <see cref="Read"/> takes them.</summary>
    public const string Columns = "id, username, email, created_at, updated_at, version";

    public static UserData Read(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        row.IsDBNull(2) ? null : row.GetString(2),
        row.GetFieldValue<DateTimeOffset>(3),
        row.GetFieldValue<DateTimeOffset>(4),
        row.GetInt64(5));
}
