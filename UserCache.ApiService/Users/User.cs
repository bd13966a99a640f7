namespace UserCache.ApiService.Users;

/// <summary>A row of <c>users</c>. The database sets the id, both times and the version, for whoever writes.</summary>
internal sealed class User
{
    public long Id { get; init; }

    public required string Username { get; init; }

    public string? Email { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public long Version { get; init; }
}
