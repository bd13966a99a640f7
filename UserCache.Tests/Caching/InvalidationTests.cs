namespace UserCache.Tests.Caching;

[Collection(AppGroup.Name)]
public sealed class InvalidationTests(App app)
{
    [Fact]
    public async Task Replaced_user_is_read_anew()
    {
        var id = await app.Users.CreateAsync();
        await app.Users.GetAsync(id);
        var name = UsersClient.NewName();

        await app.Users.PutAsync(id, new { username = name });

        Assert.False(await app.Cache.KeyExistsAsync($"USER::{id}"));
        var answer = await app.Users.GetAsync(id);
        Assert.Equal((name, "UserCache; fwd=uri-miss; stored"), (answer.Username, answer.CacheStatus));
    }

    [Fact]
    public async Task Deleted_user_is_gone_from_the_cache_too()
    {
        var id = await app.Users.CreateAsync();
        await app.Users.GetAsync(id);

        await app.Users.DeleteAsync(id);

        Assert.False(await app.Cache.KeyExistsAsync($"USER::{id}"));
        Assert.Equal(404, (await app.Users.GetAsync(id)).Status);
    }

    [Fact]
    public async Task Created_user_is_found_although_its_id_was_asked_for_before()
    {
        var next = await app.Users.CreateAsync() + 1;
        Assert.Equal(404, (await app.Users.GetAsync(next)).Status);

        Assert.Equal(next, await app.Users.CreateAsync());

        Assert.Equal(200, (await app.Users.GetAsync(next)).Status);
    }

    [Fact]
    public async Task Refused_write_leaves_the_entry()
    {
        var id = await app.Users.CreateAsync();
        await app.Users.GetAsync(id);

        await app.Users.PutAsync(id, new { username = UsersClient.NewName() }, ("If-Match", "\"7\""));

        Assert.StartsWith("UserCache; hit", (await app.Users.GetAsync(id)).CacheStatus, StringComparison.Ordinal);
    }
}
