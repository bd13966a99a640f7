using System.Text;

namespace UserCache.Tests.Fuzz;

/// <summary>
/// Plants garbage where the cache keeps values, leases and writers: anything but what this cache could have written there itself.
/// </summary>
/// <param name="redis">Where.</param>
/// <param name="random">Says what comes next.</param>
/// <param name="keys">Of the values beside and under which it is planted.</param>
/// <param name="donors">
/// Keys of values that are copied to those, and are left alone: an old copy that came back to its own key would be no garbage.
/// </param>
internal sealed class Planter(IDatabase redis, Random random, string[] keys, string[] donors)
{
    // A lease or a writer that could be one is believed until its time is over.
    private const int LongestBelieved = 1_000;
    private const int Large = 1 << 17;
    private const int Huge = 2_000_000;

    private static readonly long[] Ages = [9_000_000_000_000_000_000, 86_400_000];

    public Task PlantAsync()
    {
        var key = Any(keys);
        return random.Next(4) switch
        {
            0 => PlantLeaseAsync($"{{{key}}}:lease"),
            1 => PlantWritersAsync($"{{{key}}}:writers"),
            _ => PlantValueAsync(key),
        };
    }

    private Task PlantValueAsync(string key) => random.Next(12) switch
    {
        0 => Garbage.PlantAsync(redis, key, Any(Garbage.Names)),
        1 => redis.StringSetAsync(key, Bytes(random.Next(200))),
        2 => redis.StringSetAsync(key, Bytes(random.Next(2 * Large))),
        3 => redis.StringSetAsync(key, $"v{random.Next(2, 99)} {random.NextInt64()} {Text(random.Next(50))}"),
        4 => redis.StringSetAsync(key, $"v1 {Number()} {Number()} {random.Next():x8}\n{{\"id\":{random.Next()}}}"),
        5 => redis.StringSetAsync(key, $"v1 {random.Next(5)} {Text(random.Next(50))}\n{Text(random.Next(50))}"),
        6 => redis.KeyPersistAsync(key),
        7 => redis.ExecuteAsync("PEXPIRE", key, Any(Ages)),
        8 when random.Next(10) == 0 => Garbage.ReplaceAsync(redis, key, there => there.ExecuteAsync("SETRANGE", key, Huge - 1, "x")),
        8 or 9 => DamageAsync(key),
        _ => CopyAsync(key),
    };

    private Task PlantLeaseAsync(string key) => random.Next(4) switch
    {
        0 => Garbage.PlantAsync(redis, key, Any(Garbage.Names)),
        1 => redis.StringSetAsync(key, Bytes(random.Next(200))),
        2 => CopyAsync(key),
        _ => PlantAsync(key, there => there.HashSetAsync(
            key, [new("token", Text(8)), new("floor", random.Next(2) == 0 ? Text(4) : Number()), new(Text(4), Text(4))])),
    };

    private Task PlantWritersAsync(string key) => random.Next(4) switch
    {
        0 => Garbage.PlantAsync(redis, key, Any(Garbage.Names)),
        1 => redis.StringSetAsync(key, Bytes(random.Next(200))),
        2 => CopyAsync(key),
        _ => PlantAsync(key, there => there.SortedSetAddAsync(key, Text(8), random.Next(4) switch
        {
            0 => double.PositiveInfinity,
            1 => double.NegativeInfinity,
            2 => random.NextDouble() * long.MaxValue,
            _ => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + random.Next(-LongestBelieved, LongestBelieved),
        })),
    };

    // With an expiry by which it is believed for a short while only, or not at all.
    private Task PlantAsync(string key, Func<IDatabaseAsync, Task> plant) => random.Next(2) == 0
        ? Garbage.ReplaceAsync(redis, key, plant)
        : Garbage.ReplaceAsync(redis, key, plant, there => there.ExecuteAsync("PEXPIRE", key, Life()));

    private Task<RedisResult> CopyAsync(string to) => redis.ExecuteAsync("COPY", Any(donors), to, "REPLACE");

    private async Task DamageAsync(string key)
    {
        // Of another type at the moment, it is damaged enough.
        var entry = await redis.KeyTypeAsync(key) == RedisType.String ? (byte[]?)await redis.StringGetAsync(key) : null;
        if (entry is not { Length: > 0 })
        {
            return;
        }

        var place = random.Next(entry.Length);
        switch (random.Next(3))
        {
            case 0:
                entry[place] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                entry = entry[..place];
                break;
            default:
                entry = [.. entry, .. Bytes(1 + random.Next(20))];
                break;
        }

        await redis.StringSetAsync(key, entry);
    }

    private T Any<T>(T[] choices) => choices[random.Next(choices.Length)];

    private long Life() => random.Next(2) == 0 ? Any(Ages) : random.Next(1, LongestBelieved);

    private string Number() => random.Next(4) switch
    {
        0 => random.NextInt64().ToString(CultureInfo.InvariantCulture),
        1 => $"{random.NextInt64()}{random.NextInt64()}",
        2 => $"-{random.Next()}",
        _ => $"00{random.Next(10)}",
    };

    private string Text(int length) => Encoding.Latin1.GetString(Bytes(length));

    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
