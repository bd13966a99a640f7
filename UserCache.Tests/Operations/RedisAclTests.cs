using System.Text.RegularExpressions;

namespace UserCache.Tests.Operations;

/// <summary>The rights that README gives to Redis' user.</summary>
[Collection(OperationsGroup.Name)]
public sealed partial class RedisAclTests(App app)
{
    [Fact]
    public async Task User_with_the_rights_of_the_README_can_do_all_that_the_service_does_and_needs_each_of_them()
    {
        var acl = AclCommand().Match(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"))).Groups["rights"].Value;
        string[] rights = [.. Word().Matches(acl).Select(word => word.Value.Trim('\''))];
        Assert.Contains(">password", rights);
        await using var redis = await app.SpareRedis.TakeAsync();
        await redis.CommandAsync("ACL", ["SETUSER", .. rights]);
        await redis.CommandAsync("CONFIG", "RESETSTAT");
        await using var fleet = await Fleet.StartAsync(
            app, replicas: 1, ("ConnectionStrings:cache", $"127.0.0.1:{redis.Port},user={rights[0]},password=password"));
        var users = fleet.Replicas[0].Users;
        await users.BecomesHealthyAsync();

        var ids = await fleet.AddUsersAsync(3);
        await users.GetHitAsync(ids[0]);
        Assert.Equal(200, (await users.GetManyAsync(ids)).Status);
        Assert.Equal("UserCache; fwd=method", (await users.PutAsync(ids[0], new { username = UsersClient.NewName() })).CacheStatus);
        await users.GetHitAsync(ids[0]);
        await fleet.UpdateBySqlAsync(ids[0]);
        await fleet.RelayedAsync();
        await users.GetHitAsync(ids[0]);
        var name = UsersClient.NewName();
        var read = await fleet.Replicas[0].StartHeldReadAsync(await fleet.AddUserAsync(name), name);
        await fleet.Database.ExecuteAsync("UPDATE users SET email = 'a@example.com' WHERE username = $1", name);
        await fleet.RelayedAsync();
        fleet.Replicas[0].ToDatabase.Release();
        Assert.Equal(200, (await read).Status);
        Assert.True((await fleet.Management.InspectAsync(ids[0])).GetProperty("present").GetBoolean());
        Assert.Equal(1, (await fleet.Management.CallAsync(HttpMethod.Delete, $"/cache/users/{ids[0]}")).GetProperty("removed").GetInt32());
        var warm = await fleet.Management.SendAsync(HttpMethod.Post, "/cache/users/warm", new { ids });
        Assert.Contains("\"refused\":0,\"problem\":null", warm.Body, StringComparison.Ordinal);
        Assert.Equal(3, (await fleet.Management.CallAsync(HttpMethod.Delete, "/cache/users")).GetProperty("removed").GetInt32());
        await users.BecomesHealthyAsync();

        var used = (string)(await redis.CommandAsync("INFO", "commandstats"))!;
        Assert.All(
            rights.Where(right => right.StartsWith('+')),
            right => Assert.Contains($"cmdstat_{right[1..]}:", used, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"redis-cli ACL SETUSER (?<rights>[^`]+)```")]
    private static partial Regex AclCommand();

    [GeneratedRegex(@"[^\s\\]+")]
    private static partial Regex Word();
}
