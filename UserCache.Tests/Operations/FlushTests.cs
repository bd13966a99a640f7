namespace UserCache.Tests.Operations;

/// <summary>Removing many entries at once. On a cluster: see the cluster's tests.</summary>
[Collection(OperationsGroup.Name)]
public sealed class FlushTests(App app)
{
    [Fact]
    public async Task Flush_removes_every_cached_user_and_nothing_else()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var (users, management) = (fleet.Replicas[0].Users, fleet.Management);
        var ids = await fleet.AddUsersAsync(100);
        await users.GetManyAsync(ids);
        await fleet.Cache.StringSetAsync("somebody:elses", "value");
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(50).ToUnixTimeMilliseconds();
        await fleet.Cache.SortedSetAddAsync($"{{USER::{ids[0]}}}:writers", "token", deadline);
        var before = await fleet.CommandsAsync("flushdb", "flushall", "keys");

        var answer = await management.CallAsync(HttpMethod.Delete, "/cache/users");

        Assert.Equal(100, answer.GetProperty("removed").GetInt64());
        await Eventually.LoggedAsync(fleet.Replicas[0].Api, 151, "USER::*", "100");
        Assert.Equal("UserCache; fwd=uri-miss", (await users.GetManyAsync(ids)).CacheStatus);
        Assert.Equal("value", await fleet.Cache.StringGetAsync("somebody:elses"));
        Assert.True(await fleet.Cache.KeyExistsAsync($"{{USER::{ids[0]}}}:writers"));
        Assert.Equal(before, await fleet.CommandsAsync("flushdb", "flushall", "keys"));
        Assert.True(await fleet.CommandsAsync("unlink") >= 100);
    }

    [Fact]
    public async Task Flush_by_a_pattern_of_ids_leaves_the_others()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        foreach (var key in new[] { "USER::1", "USER::12", "USER::123", "USER::2", "USER::21" })
        {
            await fleet.Cache.StringSetAsync(key, "v1 0 9999999999999\n");
        }

        Assert.Equal(2, (await fleet.Management.CallAsync(HttpMethod.Delete, "/cache/users?match=1?*")).GetProperty("removed").GetInt64());
        Assert.True(await fleet.Cache.KeyExistsAsync("USER::1"));
        Assert.Equal(
            1, (await fleet.Management.CallAsync(HttpMethod.Delete, "/cache/users?match=[2-3]")).GetProperty("removed").GetInt64());
        Assert.True(await fleet.Cache.KeyExistsAsync("USER::21"));
    }

    [Theory]
    [InlineData("/", "This would flush all users")]
    [InlineData("?pattern=9*", "This would flush all users")]
    [InlineData("?match=9*&limit=1", "This would flush all users")]
    [InlineData("?match=", "match is a pattern of ids")]
    [InlineData("?match=[", "match is a pattern of ids")]
    [InlineData("?match=x%20", "match is a pattern of ids")]
    [InlineData("?match=1%0A", "match is a pattern of ids")]
    [InlineData("?match=11111111111111111111111111111111111111111111111111111111111111111", "match is a pattern of ids")]
    public async Task Call_that_was_hardly_meant_so_or_has_no_pattern_of_ids_is_refused_with_the_reason(string call, string reason) =>
        (await app.Management.SendAsync(HttpMethod.Delete, $"/cache/users{call}")).ShouldBeProblem(400, reason);
}
