namespace UserCache.Tests.Infrastructure;

/// <summary>What an operator does to a Redis server, each over a connection of its own.</summary>
public static class RedisAdmin
{
    public static async Task<RedisResult> CommandAsync(this RedisServer redis, string command, params object[] arguments)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionString},allowAdmin=true");
        return await connection.GetServers()[0].ExecuteAsync(command, arguments);
    }

    /// <summary>How often a server has run some commands, by themselves or in scripts.</summary>
    public static async Task<long> CommandsAsync(this IServer server, params string[] names)
    {
        var stats = (await server.InfoAsync("commandstats")).Single().ToDictionary(stat => stat.Key, stat => stat.Value);
        return names.Where(name => stats.ContainsKey($"cmdstat_{name}"))
            .Sum(name => long.Parse(stats[$"cmdstat_{name}"].Split('=', ',')[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Makes the server a copy of another, and waits until it is.</summary>
    public static async Task FollowAsync(this RedisServer standby, RedisServer primary)
    {
        // At once: there is no second copy to wait for.
        await primary.CommandAsync("CONFIG", "SET", "repl-diskless-sync-delay", "0");
        await standby.CommandAsync("REPLICAOF", "127.0.0.1", primary.Port);
        await Eventually.GetAsync(
            async () => (string)(await standby.CommandAsync("INFO", "replication"))!,
            state => state.Contains("master_link_status:up", StringComparison.Ordinal));
    }

    /// <summary>Waits until the server's copy has all that was written to it before: a copy that is connected may lag.</summary>
    public static async Task BeCopiedAsync(this RedisServer primary)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{primary.ConnectionString},allowAdmin=true");
        var server = connection.GetServers()[0];
        // It waits for what the same connection has written last.
        await server.ExecuteAsync("SET", "copied", "", "PX", 1);
        Assert.Equal(1, (int)await server.ExecuteAsync("WAIT", 1, 4_000));
    }

    /// <summary>Makes a copy a server of its own right.</summary>
    public static Task PromoteAsync(this RedisServer standby) => standby.CommandAsync("REPLICAOF", "NO", "ONE");
}
