using UserCache.Tests.Infrastructure;

namespace UserCache.Tests.Http;

[Collection(AppGroup.Name)]
public sealed class CreateUserTests(App app)
{
    [Fact]
    public async Task New_user_answers_201_with_its_location_and_version()
    {
        var name = UsersClient.NewName();

        var answer = await app.Users.PostAsync(new { username = name });

        Assert.Equal((201, "\"1\"", name), (answer.Status, answer.ETag, answer.Username));
        var found = await app.Users.GetAsync(answer.Headers["Location"]);
        Assert.Equal((200, answer.Body), (found.Status, found.Body));
    }

    [Fact]
    public async Task Taken_username_answers_409_that_names_it()
    {
        var name = UsersClient.NewName();
        await app.Users.CreateAsync(name);

        (await app.Users.PostAsync(new { username = name })).ShouldBeProblem(409, $"The username \"{name}\" is taken.");
    }

    [Fact]
    public async Task Username_of_64_characters_is_accepted_however_many_bytes_they_take()
    {
        var name = Guid.NewGuid().ToString("N") + string.Concat(Enumerable.Repeat("😀", 32));

        var answer = await app.Users.PostAsync(new { username = name });

        Assert.Equal((201, name), (answer.Status, answer.Username));
    }

    [Fact]
    public async Task Username_of_65_characters_answers_400() =>
        (await app.Users.PostAsync(new { username = new string('x', 65) })).ShouldBeProblem(400, "The username has 65 characters; the limit is 64.");

    [Theory]
    [InlineData("", "must not be empty")]
    [InlineData("tab\there", "must not contain control characters")]
    [InlineData("nul\0", "must not contain control characters")]
    [InlineData("next line\u0085", "must not contain control characters")]
    [InlineData(null, "required")]
    public async Task Bad_username_answers_400_that_says_what_is_wrong(string? name, string saying) =>
        (await app.Users.PostAsync(new { username = name })).ShouldBeProblem(400, saying);

    [Fact]
    public async Task Missing_username_answers_400() => (await app.Users.PostAsync(new { })).ShouldBeProblem(400, "required");

    [Theory]
    [InlineData("nowhere", "e-mail")]
    [InlineData("a\0@example.com", "must not contain control characters")]
    [InlineData("a\u0001@example.com", "must not contain control characters")]
    public async Task Bad_email_answers_400_that_says_what_is_wrong(string email, string saying) =>
        (await app.Users.PostAsync(new { username = UsersClient.NewName(), email })).ShouldBeProblem(400, saying);

    [Fact]
    public async Task Unknown_charset_answers_415_that_names_it() =>
        (await app.Users.PostTextAsync("{\"username\": \"x\"}", "application/json; charset=nonsense")).ShouldBeProblem(415, "nonsense");

    [Fact]
    public async Task Body_of_another_type_answers_415() =>
        (await app.Users.PostTextAsync("username=x", "application/x-www-form-urlencoded")).ShouldBeProblem(415, "Unsupported Media Type");

    [Fact]
    public async Task Over_long_email_answers_400() =>
        (await app.Users.PostAsync(new { username = UsersClient.NewName(), email = new string('x', 250) + "@x.io" })).ShouldBeProblem(400, "254");

    [Theory]
    [InlineData("{\"username\": ")]
    [InlineData("{\"username\": 7}")]
    [InlineData("[]")]
    [InlineData("{\"username\": \"\\ud800\"}")]
    public async Task Malformed_json_answers_400_that_says_where(string json) =>
        (await app.Users.PostTextAsync(json)).ShouldBeProblem(400, "could not be read as JSON");

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    public async Task Empty_body_answers_400(string body) => (await app.Users.PostTextAsync(body)).ShouldBeProblem(400, "body");
}
