using System.Text;

namespace UserCache.Tests.Http;

[Collection(AppGroup.Name)]
public sealed class GetUserTests(App app)
{
    [Fact]
    public async Task Known_id_answers_the_user_in_an_envelope()
    {
        var name = UsersClient.NewName();
        var created = await app.Users.PostAsync(new { username = name, email = "ada@example.com" });
        var id = created.Data.GetProperty("id").GetInt64();

        var answer = await app.Users.GetAsync(id);

        Assert.Equal((200, "application/json"), (answer.Status, answer.MediaType));
        Assert.Equal(id, answer.Data.GetProperty("id").GetInt64());
        Assert.Equal(name, answer.Username);
        Assert.Equal("ada@example.com", answer.Data.GetProperty("email").GetString());
        Assert.Equal(1, answer.Data.GetProperty("version").GetInt64());
        Assert.Equal("\"1\"", answer.ETag);
    }

    [Fact]
    public async Task Unknown_id_answers_404_that_names_it() =>
        (await app.Users.GetAsync(987_654_321)).ShouldBeProblem(404, "There is no user 987654321.");

    [Theory]
    [InlineData("abc")]
    [InlineData("1.5")]
    [InlineData("+1")]
    [InlineData("%201")]
    [InlineData("1%20")]
    [InlineData("1%09")]
    [InlineData("01")]
    [InlineData("%EF%BC%91")]
    [InlineData("9223372036854775808")]
    [InlineData("0")]
    [InlineData("-1")]
    public async Task Bad_id_answers_400_that_names_it_and_the_range(string id) =>
        (await app.Users.GetAsync($"{UsersClient.Path}/{id}"))
            .ShouldBeProblem(400, $"{Uri.UnescapeDataString(id)} is no user id: ids run from 1 to 9223372036854775807.");

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/xml")]
    public async Task Errors_are_problem_details_whatever_the_client_would_rather_have(string accept)
    {
        (await app.Users.GetAsync(987_654_321, ("Accept", accept))).ShouldBeProblem(404, "There is no user");
        (await app.Users.GetAsync($"{UsersClient.Path}/abc", ("Accept", accept))).ShouldBeProblem(400, "abc");
        (await app.Users.GetAsync("/nowhere", ("Accept", accept))).ShouldBeProblem(404, "Not Found");
        (await app.Users.PutAsync(1, new { username = "" }, ("Accept", accept))).ShouldBeProblem(400, "must not be empty");
    }

    [Theory]
    [InlineData("\"1\"")]
    [InlineData("W/\"1\"")]
    [InlineData("\"7\", \"1\"")]
    [InlineData("*")]
    public async Task If_None_Match_with_the_current_version_answers_304_without_a_body(string tags)
    {
        var id = await app.Users.CreateAsync();

        var answer = await app.Users.GetAsync(id, ("If-None-Match", tags));

        Assert.Equal((304, "", "\"1\""), (answer.Status, answer.Body, answer.ETag));
    }

    [Theory]
    [InlineData("\"2\"")]
    [InlineData("nonsense")]
    public async Task If_None_Match_with_anything_else_answers_200(string tags)
    {
        var id = await app.Users.CreateAsync();

        Assert.Equal(200, (await app.Users.GetAsync(id, ("If-None-Match", tags))).Status);
    }

    [Theory]
    [InlineData("\"1\"", 200)]
    [InlineData("*", 200)]
    [InlineData("\"2\"", 412)]
    [InlineData("W/\"1\"", 412)]
    [InlineData("1", 400)]
    [InlineData("*, \"1\"", 400)]
    public async Task If_Match_lets_through_only_who_asks_for_the_current_version(string tags, int status)
    {
        var id = await app.Users.CreateAsync();

        var (read, head) = (await app.Users.GetAsync(id, ("If-Match", tags)), await app.Users.HeadAsync(Path(id), ("If-Match", tags)));

        Assert.Equal((status, status), (read.Status, head.Status));
        if (status != 200)
        {
            read.ShouldBeProblem(status, "If-Match");
        }
    }

    [Fact]
    public async Task If_Match_is_looked_at_before_If_None_Match()
    {
        var id = await app.Users.CreateAsync();

        Assert.Equal(412, (await app.Users.GetAsync(id, ("If-Match", "\"2\""), ("If-None-Match", "\"1\""))).Status);
        Assert.Equal(304, (await app.Users.GetAsync(id, ("If-Match", "\"1\""), ("If-None-Match", "\"1\""))).Status);
    }

    [Fact]
    public async Task Unknown_user_is_404_whatever_the_conditions() =>
        (await app.Users.GetAsync(987_654_321, ("If-Match", "\"1\""))).ShouldBeProblem(404, "There is no user");

    [Fact]
    public async Task HEAD_is_answered_as_GET_is_without_the_body()
    {
        var id = await app.Users.CreateAsync();
        await app.Users.GetHitAsync(id);

        foreach (var path in new[] { Path(id), Path(987_654_321), $"{UsersClient.Path}?ids={id}", UsersClient.Path })
        {
            var (get, head) = (await app.Users.GetAsync(path), await app.Users.HeadAsync(path));

            Assert.Equal((get.Status, ""), (head.Status, head.Body));
            Assert.Equal((get.ETag, get.MediaType), (head.ETag, head.MediaType));
            Assert.Contains(head.Headers.GetValueOrDefault("Content-Length"), new[] { null, $"{Encoding.UTF8.GetByteCount(get.Body)}" });
        }
    }

    private static string Path(long id) => $"{UsersClient.Path}/{id}";
}
