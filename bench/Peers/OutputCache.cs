namespace UserCache.Peers;

/// <summary>ASP.NET's output cache, kept in Redis.</summary>
internal static class OutputCache
{
    public static Contestant Contestant { get; } = new(
        builder =>
        {
            builder.Services.AddStackExchangeRedisOutputCache(options => (options.Configuration, options.InstanceName) = (builder.Redis(), "output:"));
            builder.Services.AddOutputCache();
        },
        app =>
        {
            app.UseOutputCache();
            app.MapGet(Contestants.Path, async (long id, UsersTable users, CancellationToken cancellationToken) =>
                    Contestants.Answer(await users.ReadAsync(id, cancellationToken)))
                .CacheOutput(policy => policy.Expire(Contestants.Life));
        });
}
