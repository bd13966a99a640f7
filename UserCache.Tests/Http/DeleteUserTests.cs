namespace UserCache.Tests.Http;

[Collection(AppGroup.Name)]
public sealed class DeleteUserTests(App app)
{
    [Fact]
    public async Task Known_id_answers_204_and_is_gone_from_the_cache_at_once()
    {
        var id = await app.Users.CreateAsync();
        await app.Users.GetHitAsync(id);

        var answer = await app.Users.DeleteAsync(id);

        Assert.False(await app.Cache.KeyExistsAsync($"USER::{id}"));
        Assert.Equal((204, ""), (answer.Status, answer.Body));
        (await app.Users.GetAsync(id)).ShouldBeProblem(404, "There is no user");
        (await app.Users.DeleteAsync(id)).ShouldBeProblem(404, "There is no user");
    }

    [Fact]
    public async Task Condition_that_does_not_hold_answers_412_and_deletes_nothing()
    {
        var id = await app.Users.CreateAsync();

        (await app.Users.DeleteAsync(id, ("If-Match", "\"7\""))).ShouldBeProblem(412, "If-Match");

        (await app.Users.DeleteAsync(id, ("If-None-Match", "*"))).ShouldBeProblem(412, "If-None-Match");
        Assert.Equal(200, (await app.Users.GetAsync(id)).Status);
        Assert.Equal(204, (await app.Users.DeleteAsync(id, ("If-Match", "\"1\""))).Status);
    }

    [Fact]
    public async Task Id_out_of_range_answers_400() => (await app.Users.DeleteAsync(-5)).ShouldBeProblem(400, "ids run from 1 to");
}
