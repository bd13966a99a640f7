namespace UserCache.Tests.Http;

[Collection(AppGroup.Name)]
public sealed class ReplaceUserTests(App app)
{
    [Fact]
    public async Task Known_id_answers_200_with_the_next_version_and_is_gone_from_the_cache_at_once()
    {
        var id = await app.Users.CreateAsync();
        await app.Users.GetHitAsync(id);
        var name = UsersClient.NewName();

        var answer = await app.Users.PutAsync(id, new { username = name, email = "new@example.com" });

        Assert.False(await app.Cache.KeyExistsAsync($"USER::{id}"));
        Assert.Equal((200, name, "\"2\""), (answer.Status, answer.Username, answer.ETag));
        Assert.Equal(2, answer.Data.GetProperty("version").GetInt64());
        Assert.True(answer.Data.GetProperty("updatedAt").GetDateTimeOffset() > answer.Data.GetProperty("createdAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task Email_that_is_left_out_is_removed()
    {
        var created = await app.Users.PostAsync(new { username = UsersClient.NewName(), email = "old@example.com" });
        var id = created.Data.GetProperty("id").GetInt64();

        var answer = await app.Users.PutAsync(id, new { username = created.Username });

        Assert.Equal(System.Text.Json.JsonValueKind.Null, answer.Data.GetProperty("email").ValueKind);
    }

    [Theory]
    [InlineData("\"1\"")]
    [InlineData("\"5\", \"1\"")]
    [InlineData("*")]
    public async Task If_Match_with_the_current_version_is_let_through(string tags)
    {
        var id = await app.Users.CreateAsync();

        Assert.Equal(200, (await app.Users.PutAsync(id, new { username = UsersClient.NewName() }, ("If-Match", tags))).Status);
    }

    [Theory]
    [InlineData("\"1\"")]
    [InlineData("W/\"2\"")]
    [InlineData("\"two\"")]
    [InlineData("\"02\"")]
    public async Task If_Match_with_another_version_answers_412_and_changes_nothing(string tags)
    {
        var id = await app.Users.CreateAsync();
        var current = await app.Users.PutAsync(id, new { username = UsersClient.NewName() });

        var refused = await app.Users.PutAsync(id, new { username = UsersClient.NewName() }, ("If-Match", tags));

        refused.ShouldBeProblem(412, "is not at a version that If-Match names");
        Assert.Equal(current.Body, (await app.Users.GetAsync(id)).Body);
    }

    [Theory]
    [InlineData("2")]
    [InlineData("")]
    public async Task If_Match_that_cannot_be_read_answers_400_rather_than_overwrite(string tags)
    {
        var id = await app.Users.CreateAsync();

        (await app.Users.PutAsync(id, new { username = UsersClient.NewName() }, ("If-Match", tags)))
            .ShouldBeProblem(400, "If-Match must be");
    }

    [Theory]
    [InlineData("*")]
    [InlineData("\"2\"")]
    [InlineData("\"7\", W/\"2\"")]
    public async Task If_None_Match_with_the_current_version_answers_412_and_changes_nothing(string tags)
    {
        var id = await app.Users.CreateAsync();
        var current = await app.Users.PutAsync(id, new { username = UsersClient.NewName() });

        var refused = await app.Users.PutAsync(id, new { username = UsersClient.NewName() }, ("If-None-Match", tags));

        refused.ShouldBeProblem(412, $"User {id} is at a version that If-None-Match names.");
        Assert.Equal(current.Body, (await app.Users.GetAsync(id)).Body);
    }

    [Fact]
    public async Task If_None_Match_with_other_versions_is_let_through_and_one_that_cannot_be_read_is_not()
    {
        var id = await app.Users.CreateAsync();

        var user = new { username = UsersClient.NewName() };
        Assert.Equal(200, (await app.Users.PutAsync(id, user, ("If-None-Match", "\"2\", \"x\""))).Status);
        (await app.Users.PutAsync(id, user, ("If-None-Match", "3"))).ShouldBeProblem(400, "If-None-Match must be");
    }

    [Fact]
    public async Task If_Match_and_If_None_Match_must_both_hold()
    {
        var id = await app.Users.CreateAsync();

        var refused = await app.Users.PutAsync(
            id, new { username = UsersClient.NewName() }, ("If-Match", "\"1\""), ("If-None-Match", "\"1\""));
        refused.ShouldBeProblem(412, "If-None-Match names");
        var changed = await app.Users.PutAsync(
            id, new { username = UsersClient.NewName() }, ("If-Match", "\"1\""), ("If-None-Match", "\"2\""));
        Assert.Equal(200, changed.Status);
    }

    [Fact]
    public async Task Unknown_id_answers_404_whatever_the_conditions() =>
        (await app.Users.PutAsync(987_654_321, new { username = UsersClient.NewName() }, ("If-None-Match", "*"), ("If-Match", "\"1\"")))
            .ShouldBeProblem(404, "There is no user 987654321.");

    [Fact]
    public async Task Two_writers_with_the_same_If_Match_are_told_apart()
    {
        var id = await app.Users.CreateAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => app.Users.PutAsync(id, new { username = UsersClient.NewName() }, ("If-Match", "\"1\""))));

        Assert.Single(answers, answer => answer.Status == 200);
        Assert.Equal(7, answers.Count(answer => answer.Status == 412));
    }

    [Fact]
    public async Task Taken_username_answers_409()
    {
        var name = UsersClient.NewName();
        await app.Users.CreateAsync(name);
        var id = await app.Users.CreateAsync();

        (await app.Users.PutAsync(id, new { username = name })).ShouldBeProblem(409, $"The username \"{name}\" is taken.");
    }

    [Fact]
    public async Task Unknown_id_answers_404() =>
        (await app.Users.PutAsync(987_654_321, new { username = UsersClient.NewName() }))
            .ShouldBeProblem(404, "There is no user 987654321.");

    [Fact]
    public async Task Id_out_of_range_answers_400() =>
        (await app.Users.PutAsync(0, new { username = "x" })).ShouldBeProblem(400, "ids run from 1 to");

    [Fact]
    public async Task Over_long_username_answers_400()
    {
        var id = await app.Users.CreateAsync();

        (await app.Users.PutAsync(id, new { username = new string('x', 65) })).ShouldBeProblem(400, "the limit is 64");
    }
}
