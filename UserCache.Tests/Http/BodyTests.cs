namespace UserCache.Tests.Http;

/// <summary>What is taken as a body, and what is said of the rest.</summary>
[Collection(AppGroup.Name)]
public sealed class BodyTests(App app)
{
    [Theory]
    [InlineData("""{"username": "x", "e-mail": "x@example.com"}""", "The body has a member \"e-mail\", which this call does not know.")]
    [InlineData("""{"username": "x", "id": 7}""", "a member \"id\"")]
    [InlineData("""{"username": "x", "it's 'quoted'": 7}""", "a member \"it's 'quoted'\"")]
    [InlineData("""{"username": "x", "username": "y"}""", "The body has the member \"username\" more than once.")]
    [InlineData("""{"username": "x", "Username": "y"}""", "the member \"username\" more than once")]
    [InlineData("""{"username": "x", "email": null, "email": "x@example.com"}""", "the member \"email\" more than once")]
    [InlineData("""{"username": "x"} {}""", "could not be read as JSON")]
    public async Task Members_that_are_unknown_or_said_twice_answer_400_that_names_them(string body, string saying) =>
        (await app.Users.PostTextAsync(body)).ShouldBeProblem(400, saying);

    [Fact]
    public async Task Misspelt_member_changes_nothing()
    {
        var created = await app.Users.PostAsync(new { username = UsersClient.NewName(), email = "old@example.com" });
        var id = created.Data.GetProperty("id").GetInt64();

        var misspelt = new Dictionary<string, string?> { ["username"] = created.Username, ["e-mail"] = "x@y.z" };
        Assert.Equal(400, (await app.Users.PutAsync(id, misspelt)).Status);

        Assert.Equal("old@example.com", (await app.Users.GetAsync(id)).Data.GetProperty("email").GetString());
    }

    [Theory]
    [InlineData("application/json; charset=utf-7", "The body's charset is \"utf-7\": send UTF-8.")]
    [InlineData("application/json; charset=utf-16", "\"utf-16\"")]
    [InlineData("application/json; charset=nonsense", "\"nonsense\"")]
    [InlineData("application/json; charset=\"iso-8859-1\"", "\"iso-8859-1\"")]
    [InlineData("application/x-www-form-urlencoded", "The body's Content-Type is \"application/x-www-form-urlencoded\": send ap")]
    [InlineData("text/plain; charset=utf-7", "text/plain")]
    [InlineData("nonsense", "\"nonsense\"")]
    public async Task Body_of_another_type_or_charset_answers_415_that_names_it(string type, string saying) =>
        (await app.Users.PostTextAsync("""{"username": "x"}""", type)).ShouldBeProblem(415, saying);

    [Theory]
    [InlineData("application/json; charset=UTF-8")]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("application/vnd.users+json")]
    public async Task Body_of_JSON_in_UTF_8_is_taken_however_it_says_so(string type) =>
        Assert.Equal(201, (await app.Users.PostTextAsync($$"""{"username": "é-{{Guid.NewGuid():N}}"}""", type)).Status);

    [Theory]
    [InlineData("gzip")]
    [InlineData("br, gzip")]
    public async Task Compressed_body_answers_415_that_says_what_would_do(string coding)
    {
        var answer = await app.Users.PostTextAsync("""{"username": "x"}""", headers: ("Content-Encoding", coding));

        answer.ShouldBeProblem(415, $"The body's Content-Encoding is \"{coding}\": send it as it is.");
        Assert.Equal("identity", answer.Headers["Accept-Encoding"]);
    }

    [Fact]
    public async Task Body_without_a_type_answers_415() =>
        (await app.Users.PostTextAsync("""{"username": "x"}""", contentType: null)).ShouldBeProblem(415, "The body has no Content-Type");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_larger_than_any_user_answers_413_with_the_limit(bool isChunked)
    {
        using var http = new HttpClient { BaseAddress = app.Api.Url };
        using var request = new HttpRequestMessage(HttpMethod.Post, UsersClient.Path)
        {
            Content = new StringContent($$"""{"username": "{{new string('x', 16 * 1024)}}"}""", mediaType: new("application/json")),
        };
        request.Headers.TransferEncodingChunked = isChunked;
        request.Headers.ExpectContinue = true;

        using var response = await http.SendAsync(request);

        (await Answer.ReadAsync(response)).ShouldBeProblem(413, "The body is too large: the limit is 16384 bytes.");
    }

    [Fact]
    public async Task Largest_user_fits_however_it_is_escaped()
    {
        var name = string.Concat(Enumerable.Repeat("\\ud83d\\ude00", 32)) + Guid.NewGuid().ToString("N");
        var email = string.Concat(Enumerable.Repeat("\\u00e9", 242)) + "@example.com";

        Assert.Equal(201, (await app.Users.PostTextAsync($$"""{"username": "{{name}}", "email": "{{email}}"}""")).Status);
    }
}
