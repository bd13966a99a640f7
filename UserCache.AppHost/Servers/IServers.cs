namespace UserCache.AppHost.Servers;

/// <summary>Where Redis and PostgreSQL come from.</summary>
internal interface IServers
{
    /// <summary>Adds Redis.</summary>
    /// <param name="name">Of the resource, and of its connection string.</param>
    public IResourceBuilder<IResourceWithConnectionString> AddRedis(string name);

    /// <summary>Adds PostgreSQL with one database.</summary>
    /// <param name="server">Of the server's resource.</param>
    /// <param name="name">Of the database, its resource and its connection string.</param>
    public IResourceBuilder<IResourceWithConnectionString> AddDatabase(string server, string name);
}
