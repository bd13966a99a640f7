using Microsoft.Extensions.Caching.StackExchangeRedis;
using ZiggyCreatures.Caching.Fusion;
using ZiggyCreatures.Caching.Fusion.Backplane.StackExchangeRedis;
using ZiggyCreatures.Caching.Fusion.Serialization.SystemTextJson;

namespace UserCache.Peers;

/// <summary>
/// FusionCache over Redis; with both levels, over its backplane too, so that a write on one replica empties the memory of the others.
/// </summary>
internal static class Fusion
{
    public static Contestant SecondLevel { get; } = Of(skipMemory: true);

    public static Contestant BothLevels { get; } = Of(skipMemory: false);

    private static Contestant Of(bool skipMemory) => new(
        builder =>
        {
            var cache = builder.Services.AddFusionCache()
                .WithDefaultEntryOptions(options =>
                {
                    options.SetDuration(Contestants.Life);
                    options.SetSkipMemoryCache(skipMemory);
                    // A write is answered when the backplane has its notification, and not before.
                    options.AllowBackgroundBackplaneOperations = false;
                })
                .WithSerializer(new FusionCacheSystemTextJsonSerializer())
                .WithDistributedCache(new RedisCache(
                    new RedisCacheOptions { Configuration = builder.Redis(), InstanceName = $"fusion{skipMemory}:" }));
            if (!skipMemory)
            {
                cache.WithBackplane(new RedisBackplane(new RedisBackplaneOptions { Configuration = builder.Redis() }));
            }
        },
        app =>
        {
            app.MapGet(Contestants.Path, GetAsync);
            app.MapPut(Contestants.Path, PutAsync);
        });

    private static async Task<IResult> GetAsync(long id, IFusionCache cache, UsersTable users, CancellationToken cancellationToken) =>
        Contestants.Answer(await cache.GetOrSetAsync<User?>(
            Key(id), async (_, cancellation) => await users.ReadAsync(id, cancellation), token: cancellationToken));

    private static async Task<IResult> PutAsync(
        long id, UserInput input, IFusionCache cache, UsersTable users, CancellationToken cancellationToken)
    {
        var user = await users.ReplaceAsync(id, input, cancellationToken);
        await cache.RemoveAsync(Key(id), token: cancellationToken);
        return Contestants.Answer(user);
    }

    private static string Key(long id) => $"user:{id}";
}
