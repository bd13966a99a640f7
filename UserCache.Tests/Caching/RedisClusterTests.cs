namespace UserCache.Tests.Caching;

[Collection(AppGroup.Name)]
public sealed class RedisClusterTests(App app)
{
    private const int Slots = 16_384;

    [Fact]
    public async Task Every_call_works_on_a_Redis_Cluster_of_three_nodes_and_every_script_stays_in_one_slot()
    {
        var password = Guid.NewGuid().ToString("N");
        var nodes = new List<(RedisServer Server, int BusPort)>();
        try
        {
            for (var node = 0; node < 3; node++)
            {
                var busPort = FreePort.Next();
                var options = new[] { "--cluster-enabled", "yes", "--cluster-port", busPort.ToString(CultureInfo.InvariantCulture) };
                nodes.Add((new RedisServer(app.Data, options) { Password = password }, busPort));
                await nodes[node].Server.StartAsync();
            }

            await JoinAsync(nodes);
            var cluster = $"{string.Join(',', nodes.Select(node => $"127.0.0.1:{node.Server.Port}"))},password={password}";
            await AssertAllCallsAsync(cluster, nodes[2].Server);
        }
        finally
        {
            foreach (var (server, _) in nodes)
            {
                await server.DisposeAsync();
            }
        }
    }

    private static async Task JoinAsync(List<(RedisServer Server, int BusPort)> nodes)
    {
        for (var node = 0; node < nodes.Count; node++)
        {
            var server = nodes[node].Server;
            await server.CommandAsync("CLUSTER", "ADDSLOTSRANGE", Slots * node / nodes.Count, (Slots * (node + 1) / nodes.Count) - 1);
            foreach (var (other, busPort) in nodes.Where(other => other != nodes[node]))
            {
                await server.CommandAsync("CLUSTER", "MEET", "127.0.0.1", other.Port, busPort);
            }
        }

        foreach (var (node, _) in nodes)
        {
            await Eventually.GetAsync(
                async () => (string)(await node.CommandAsync("CLUSTER", "INFO"))!,
                info => info.Contains("cluster_state:ok", StringComparison.Ordinal)
                    && info.Contains("cluster_known_nodes:3", StringComparison.Ordinal));
        }
    }

    private async Task AssertAllCallsAsync(string cluster, RedisServer lastNode)
    {
        var database = await app.NewDatabaseAsync();
        using var management = new ManagementClient();
        await using var api = await App.StartReplicaAsync(cluster, database, management.Settings);
        var ids = new List<long>();
        for (var user = 0; user < 30; user++)
        {
            ids.Add(await api.Users.CreateAsync());
        }

        foreach (var id in ids)
        {
            Assert.Equal("UserCache; fwd=uri-miss; stored", (await api.Users.GetAsync(id)).CacheStatus);
        }

        Assert.Equal("UserCache; hit", (await api.Users.GetManyAsync(ids)).CacheStatus);
        foreach (var id in ids)
        {
            Assert.Equal("UserCache; fwd=method", (await api.Users.PutAsync(id, new { username = $"after-{id}" })).CacheStatus);
        }

        var batch = await api.Users.GetManyAsync(ids);
        Assert.Equal(("UserCache; fwd=uri-miss", ids.Count), (batch.CacheStatus, batch.Data.GetArrayLength()));
        await using var data = NpgsqlDataSource.Create(database);
        await data.ExecuteAsync("UPDATE users SET email = 'all@example.com'");
        await Eventually.GetAsync(
            () => api.Users.GetManyAsync(ids),
            answer => answer.Data.EnumerateArray().All(user => user.GetProperty("version").GetInt64() == 3));
        await using var connection = await ConnectionMultiplexer.ConnectAsync(cluster);
        Assert.All(connection.GetServers(), node => Assert.NotEmpty(node.Keys(pattern: "USER::*")));
        Assert.Equal("hit", (await management.InspectAsync(ids[0])).GetProperty("outcome").GetString());
        Assert.Equal(1, (await management.CallAsync(HttpMethod.Delete, $"/cache/users/{ids[0]}")).GetProperty("removed").GetInt64());
        Assert.Equal(ids.Count - 1, (await management.CallAsync(HttpMethod.Delete, "/cache/users")).GetProperty("removed").GetInt64());
        Assert.All(connection.GetServers(), node => Assert.Empty(node.Keys(pattern: "USER::*")));
        foreach (var id in ids)
        {
            Assert.Equal(204, (await api.Users.DeleteAsync(id)).Status);
            Assert.Equal(404, (await api.Users.GetAsync(id)).Status);
        }

        // Rather nothing than the most: whoever flushes relies on it.
        await lastNode.KillAsync();
        await Eventually.GetAsync(
            () => management.SendAsync(HttpMethod.Delete, "/cache/users"),
            answer => answer.Status == 503 && answer.Body.Contains("is not connected", StringComparison.Ordinal));
    }
}
