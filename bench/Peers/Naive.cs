using System.Text.Json;
using StackExchange.Redis;

namespace UserCache.Peers;

/// <summary>What most write first: get, deserialize, serialize; on a miss read and set; after a write, delete.</summary>
internal static class Naive
{
    public static Contestant Contestant { get; } = new(
        builder => builder.Services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(builder.Redis())),
        app =>
        {
            app.MapGet(Contestants.Path, GetAsync);
            app.MapPut(Contestants.Path, PutAsync);
        });

    private static async Task<IResult> GetAsync(
        long id, IConnectionMultiplexer redis, UsersTable users, CancellationToken cancellationToken)
    {
        var cache = redis.GetDatabase();
        var key = Key(id);
        var stored = await cache.StringGetAsync(key);
        if (stored.HasValue)
        {
            return Contestants.Answer(JsonSerializer.Deserialize<User>((byte[])stored!));
        }

        var user = await users.ReadAsync(id, cancellationToken);
        if (user is not null)
        {
            await cache.StringSetAsync(key, JsonSerializer.SerializeToUtf8Bytes(user), Contestants.Life);
        }

        return Contestants.Answer(user);
    }

    private static async Task<IResult> PutAsync(
        long id, UserInput input, IConnectionMultiplexer redis, UsersTable users, CancellationToken cancellationToken)
    {
        var user = await users.ReplaceAsync(id, input, cancellationToken);
        await redis.GetDatabase().KeyDeleteAsync(Key(id));
        return Contestants.Answer(user);
    }

    private static string Key(long id) => $"naive:{id}";
}
