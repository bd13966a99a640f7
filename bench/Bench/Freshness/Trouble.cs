using UserCache.Tests.Infrastructure;

namespace UserCache.Bench.Freshness;

/// <summary>What goes wrong in the scenario of that name.</summary>
internal static class Trouble
{
    private static readonly TimeSpan Held = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Redis is killed in the middle and starts again, empty; and all the time each replica has one read of the database that is slow.
    /// </summary>
    public static Task MakeAsync(RedisServer redis, IEnumerable<TcpProxy> databases, TimeSpan duration, CancellationToken end) =>
        Task.WhenAll([RestartAsync(redis, duration / 2), .. databases.Select(database => HoldRowsAsync(database, end))]);

    private static async Task RestartAsync(RedisServer redis, TimeSpan after)
    {
        await Task.Delay(after);
        await redis.KillAsync();
        await Task.Delay(Away);
        await redis.StartAsync();
    }

    // The database has answered and what it answered is not in the cache yet: whoever writes now may be overtaken by an old row.
    private static async Task HoldRowsAsync(TcpProxy database, CancellationToken end)
    {
        try
        {
            while (true)
            {
                await database.HoldFrom(Direction.ToClient, Clients.Domain).WaitAsync(end);
                await Task.Delay(Held, end);
                database.Release();
                await Task.Delay(Pause, end);
            }
        }
        catch (OperationCanceledException)
        {
            database.Release();
        }
    }
}
