namespace UserCache.AppHost.Servers;

/// <summary>
/// Redis and PostgreSQL as processes of this machine. Redis starts empty each time; PostgreSQL's data stay for the next start.
/// </summary>
/// <param name="builder">The graph's builder.</param>
/// <param name="redis">The path of <c>redis-server</c>.</param>
/// <param name="postgres">The folder of PostgreSQL's programs.</param>
internal sealed class ProcessServers(IDistributedApplicationBuilder builder, string redis, string postgres) : IServers
{
    private const string FolderSetting = "DataFolder";
    private const int NameLength = 10;

    public IResourceBuilder<IResourceWithConnectionString> AddRedis(string name) => RedisProcess.Add(builder, name, redis);

    public IResourceBuilder<IResourceWithConnectionString> AddDatabase(string server, string name) =>
        PostgresProcess.Add(builder, server, name, postgres, builder.Configuration[FolderSetting] ?? DefaultFolder());

    // Named after this checkout: two of them must not run two servers on one folder.
    private string DefaultFolder() => Path.Combine(
        // For root's server runs as another user, who can't reach root's home.
        Environment.IsPrivilegedProcess ? "/var/lib" : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData),
        "usercache",
        builder.Configuration["AppHost:PathSha256"]![..NameLength].ToLowerInvariant());
}
