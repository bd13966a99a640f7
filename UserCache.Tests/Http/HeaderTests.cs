namespace UserCache.Tests.Http;

/// <summary>What every answer about users says of itself.</summary>
[Collection(AppGroup.Name)]
public sealed class HeaderTests(App app)
{
    [Fact]
    public async Task Answers_about_users_are_the_callers_own_to_be_asked_for_again_and_of_the_type_they_say()
    {
        var id = await app.Users.CreateAsync();
        await app.Users.GetHitAsync(id);
        var name = UsersClient.NewName();

        Answer[] answers =
        [
            await app.Users.GetAsync(id),
            await app.Users.GetAsync(id, ("If-None-Match", "*")),
            await app.Users.GetAsync(id, ("If-Match", "\"7\"")),
            await app.Users.GetAsync(987_654_321),
            await app.Users.GetAsync($"{UsersClient.Path}/x"),
            await app.Users.HeadAsync($"{UsersClient.Path}/{id}"),
            await app.Users.GetManyAsync(id),
            await app.Users.GetAsync($"{UsersClient.Path}?limit=1"),
            await app.Users.GetAsync($"{UsersClient.Path}?limit=x"),
            await app.Users.PostAsync(new { username = name }),
            await app.Users.PostAsync(new { username = name }),
            await app.Users.PostAsync(new { username = "" }),
            await app.Users.PutAsync(id, new { username = UsersClient.NewName() }),
            await app.Users.DeleteAsync(id),
        ];

        Assert.Equal([200, 304, 412, 404, 400, 200, 200, 200, 400, 201, 409, 400, 200, 204], answers.Select(answer => answer.Status));
        Assert.All(answers, answer => Assert.Equal(
            ("no-cache, private", "nosniff"),
            (answer.Headers.GetValueOrDefault("Cache-Control"), answer.Headers.GetValueOrDefault("X-Content-Type-Options"))));
    }

    [Fact]
    public async Task What_fails_in_the_framework_is_not_kept_either()
    {
        foreach (var answer in new[] { await app.Users.PostTextAsync("{"), await app.Users.GetAsync("/nowhere") })
        {
            Assert.Contains("no-cache", answer.Headers["Cache-Control"], StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
        }
    }
}
