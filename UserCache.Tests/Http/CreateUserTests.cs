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

    [Theory]
    [InlineData("If-None-Match", "*")]
    [InlineData("If-Match", "\"1\"")]
    public async Task Condition_that_the_list_of_users_does_not_meet_answers_412_and_creates_nobody(string header, string tags)
    {
        var name = UsersClient.NewName();

        (await app.Users.PostAsync(new { username = name }, (header, tags))).ShouldBeProblem(412, header);

        Assert.Equal(201, (await app.Users.PostAsync(new { username = name })).Status);
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

    [Theory]
    [InlineData("""{"username": ""}""", "must not be empty")]
    [InlineData("""{"username": "tab\there"}""", "must not contain control characters")]
    [InlineData("""{"username": "nul\u0000"}""", "must not contain control characters")]
    [InlineData("""{"username": "next line\u0085"}""", "must not contain control characters")]
    [InlineData("""{"username": null}""", "required")]
    [InlineData("{}", "required")]
    [InlineData("""{"username": "x", "email": "nowhere"}""", "The email must look like")]
    [InlineData("""{"username": "x", "email": "a\u0000@example.com"}""", "must not contain control characters")]
    [InlineData("""{"username": "x", "email": "a\u0001@example.com"}""", "must not contain control characters")]
    [InlineData("""{"username": """, "could not be read as JSON")]
    [InlineData("""{"username": 7}""", "could not be read as JSON")]
    [InlineData("[]", "could not be read as JSON")]
    [InlineData("""{"username": "\ud800"}""", "could not be read as JSON")]
    [InlineData("", "body")]
    [InlineData("null", "body")]
    public async Task Bad_body_answers_400_that_says_what_is_wrong(string body, string saying) =>
        (await app.Users.PostTextAsync(body)).ShouldBeProblem(400, saying);

    [Fact]
    public async Task Over_long_username_and_email_answer_400_with_the_limit()
    {
        (await app.Users.PostAsync(new { username = new string('x', 65) }))
            .ShouldBeProblem(400, "The username has 65 characters; the limit is 64.");
        (await app.Users.PostAsync(new { username = UsersClient.NewName(), email = new string('x', 250) + "@x.io" }))
            .ShouldBeProblem(400, "254");
    }
}
