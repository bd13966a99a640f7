using Microsoft.Extensions.Caching.StackExchangeRedis;
using ZiggyCreatures.Caching.Fusion;
using ZiggyCreatures.Caching.Fusion.Serialization.SystemTextJson;

namespace UserCache.Peers;

/// <summary>FusionCache over Redis.</summary>
internal static class Fusion
{
    public static Contestant SecondLevel { get; } = Of(skipMemory: true);

    public static Contestant BothLevels { get; } = Of(skipMemory: false);

    private static Contestant Of(bool skipMemory) => new(
        builder => builder.Services.AddFusionCache()
            .WithDefaultEntryOptions(options =>
            {
                options.SetDuration(Contestants.Life);
                options.SetSkipMemoryCache(skipMemory);
            })
            .WithSerializer(new FusionCacheSystemTextJsonSerializer())
            .WithDistributedCache(new RedisCache(new RedisCacheOptions { Configuration = builder.Redis(), InstanceName = $"fusion{skipMemory}:" })),
        app => app.MapGet(Contestants.Path, async (long id, IFusionCache cache, UsersTable users, CancellationToken cancellationToken) =>
            Contestants.Answer(await cache.GetOrSetAsync<User?>(
                $"user:{id}", async (_, cancellation) => await users.ReadAsync(id, cancellation), token: cancellationToken))));
}
