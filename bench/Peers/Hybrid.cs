using Microsoft.Extensions.Caching.Hybrid;

namespace UserCache.Peers;

/// <summary>Microsoft's HybridCache over Redis.</summary>
internal static class Hybrid
{
    public static Contestant SecondLevel { get; } = Of(HybridCacheEntryFlags.DisableLocalCache);

    public static Contestant BothLevels { get; } = Of(HybridCacheEntryFlags.None);

    private static Contestant Of(HybridCacheEntryFlags flags) => new(
        builder =>
        {
            builder.Services.AddStackExchangeRedisCache(options =>
                (options.Configuration, options.InstanceName) = (builder.Redis(), $"hybrid{(int)flags}:"));
            builder.Services.AddHybridCache(options => options.DefaultEntryOptions = new HybridCacheEntryOptions
            {
                Expiration = Contestants.Life,
                LocalCacheExpiration = Contestants.LocalLife,
                Flags = flags,
            });
        },
        app =>
        {
            app.MapGet(Contestants.Path, GetAsync);
            app.MapPut(Contestants.Path, PutAsync);
        });

    private static async Task<IResult> GetAsync(long id, HybridCache cache, UsersTable users, CancellationToken cancellationToken) =>
        Contestants.Answer(await cache.GetOrCreateAsync(
            Key(id), (users, id), static (state, cancellation) => state.users.ReadAsync(state.id, cancellation),
            cancellationToken: cancellationToken));

    private static async Task<IResult> PutAsync(
        long id, UserInput input, HybridCache cache, UsersTable users, CancellationToken cancellationToken)
    {
        var user = await users.ReplaceAsync(id, input, cancellationToken);
        await cache.RemoveAsync(Key(id), cancellationToken);
        return Contestants.Answer(user);
    }

    private static string Key(long id) => $"user:{id}";
}
