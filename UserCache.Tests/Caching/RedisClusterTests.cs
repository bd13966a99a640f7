namespace UserCache.Tests.Caching;

[Collection(AppGroup.Name)]
public sealed class RedisClusterTests(App app)
{
    [Fact]
    public async Task Every_call_works_on_a_Redis_Cluster_of_three_nodes_and_every_script_stays_in_one_slot()
    {
        await using var cluster = await RedisCluster.StartAsync(app.Data);
        await AssertAllCallsAsync(cluster.ConnectionString, cluster.Primaries[2]);
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
