namespace UserCache.ApiService.Users;

/// <summary>What the service does to its database when it starts; section <c>Database</c>.</summary>
internal sealed class DatabaseOptions
{
    public const string Section = "Database";

    /// <summary>
    /// Bring the schema up to date. Safe with several replicas: they take turns. Otherwise wait until someone else has. Default: yes.
    /// </summary>
    public bool Migrate { get; set; } = true;

    /// <summary>Add 1,000 demo users if there is no user at all. Default: no.</summary>
    public bool AddDemoUsers { get; set; }
}
