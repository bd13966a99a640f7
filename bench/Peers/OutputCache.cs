using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OutputCaching;

namespace UserCache.Peers;

/// <summary>ASP.NET's output cache, kept in Redis. Each user's answers have a tag, by which a write evicts them.</summary>
internal static class OutputCache
{
    public static Contestant Contestant { get; } = new(
        builder =>
        {
            builder.Services.AddStackExchangeRedisOutputCache(options =>
                (options.Configuration, options.InstanceName) = (builder.Redis(), "output:"));
            builder.Services.AddOutputCache();
        },
        app =>
        {
            app.UseOutputCache();
            app.MapGet(Contestants.Path, GetAsync).CacheOutput(policy => policy.Expire(Contestants.Life));
            app.MapPut(Contestants.Path, PutAsync);
        });

    private static async Task<IResult> GetAsync(long id, UsersTable users, HttpContext context, CancellationToken cancellationToken)
    {
        context.Features.GetRequiredFeature<IOutputCacheFeature>().Context.Tags.Add(Tag(id));
        return Contestants.Answer(await users.ReadAsync(id, cancellationToken));
    }

    private static async Task<IResult> PutAsync(
        long id, UserInput input, IOutputCacheStore cache, UsersTable users, CancellationToken cancellationToken)
    {
        var user = await users.ReplaceAsync(id, input, cancellationToken);
        await cache.EvictByTagAsync(Tag(id), cancellationToken);
        return Contestants.Answer(user);
    }

    private static string Tag(long id) => $"user:{id}";
}
