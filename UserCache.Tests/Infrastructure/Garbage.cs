namespace UserCache.Tests.Infrastructure;

/// <summary>What someone else may keep where the cache has a key of its own.</summary>
internal static class Garbage
{
    public static readonly string[] Names = ["string", "list", "set", "sorted set", "hash", "stream"];

    public static TheoryData<string> Types { get; } = new(Names);

    /// <summary>Puts it there in the place of what is there. It has no expiry.</summary>
    public static Task PlantAsync(IDatabase redis, string key, string type) => ReplaceAsync(redis, key, there => type switch
    {
        "string" => there.StringSetAsync(key, "someone else's"),
        "list" => there.ListLeftPushAsync(key, "someone else's"),
        "set" => there.SetAddAsync(key, "someone else's"),
        "sorted set" => there.SortedSetAddAsync(key, "someone else's", double.PositiveInfinity),
        "hash" => there.HashSetAsync(key, "someone", "else's"),
        "stream" => (Task)there.StreamAddAsync(key, "someone", "else's"),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    });

    /// <summary>Deletes a key and makes it anew, and nothing comes in between.</summary>
    public static async Task ReplaceAsync(IDatabase redis, string key, params Func<IDatabaseAsync, Task>[] steps)
    {
        var transaction = redis.CreateTransaction();
        var queued = new List<Task> { transaction.KeyDeleteAsync(key) };
        queued.AddRange(steps.Select(step => step(transaction)));
        Assert.True(await transaction.ExecuteAsync());
        await Task.WhenAll(queued);
    }
}
