namespace UserCache.Tests.Caching;

[Collection(AppGroup.Name)]
public sealed class InvalidationTests(App app)
{
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
