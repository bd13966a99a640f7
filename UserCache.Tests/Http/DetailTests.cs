namespace UserCache.Tests.Http;

/// <summary>What callers are told of what they did wrong.</summary>
[Collection(AppGroup.Name)]
public sealed class DetailTests(App app)
{
    public static TheoryData<string, string, string?, string> Wrong => new()
    {
        { "GET", "/nowhere", null, "There is nothing at /nowhere." },
        { "PATCH", "/api/v1/users/1", "{}", "/api/v1/users/1 does not take PATCH: it takes DELETE, GET, HEAD, PUT." },
        { "DELETE", "/api/v1/users", null, "/api/v1/users does not take DELETE: it takes GET, HEAD, POST." },
        { "POST", "/api/v1/users", "", "This call needs a JSON object as its body." },
        { "POST", "/api/v1/users", "null", "This call needs a JSON object as its body." },
        { "POST", "/api/v1/users", "7", "could not be read as JSON" },
        { "POST", "/api/v1/users", "{}", "The username is required." },
        { "POST", "/api/v1/users", """{"username":"x","email":"x"}""", "The email must look like name@example.com." },
        { "PUT", "/api/v1/users/x", """{"username":"x"}""", "x is no user id" },
        { "GET", "/api/v1/users?after=x", null, "after is \"x\"" },
        { "GET", "/api/v1/users?limit=x", null, "limit is \"x\"" },
        { "GET", "/api/v1/users/9223372036854775807", null, "There is no user 9223372036854775807." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Each_4xx_has_a_detail_in_the_callers_words(string method, string path, string? body, string saying)
    {
        var answer = await app.Users.SendTextAsync(new HttpMethod(method), path, body);

        Assert.Equal("application/problem+json", answer.MediaType);
        Assert.InRange(answer.Status, 400, 499);
        Assert.Contains(saying, answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotMatch(@"UserInput|Nullable|String\b|Int64|System\.|UserCache\.|parameter", answer.Body);
    }

    [Fact]
    public async Task Errors_of_members_are_under_the_names_that_the_caller_wrote()
    {
        var errors = (await app.Users.PostTextAsync("""{"username":"","email":"x"}""")).Json.GetProperty("errors");

        Assert.Equal(["email", "username"], errors.EnumerateObject().Select(error => error.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("POST", "/cache/users/warm", "", "This call needs a JSON object as its body.")]
    [InlineData("POST", "/cache/users/warm", """{"resent":5}""", "The body has a member \"resent\"")]
    [InlineData("GET", "/cache", null, "There is nothing at /cache.")]
    public async Task Management_port_speaks_the_same_way(string method, string path, string? body, string saying)
    {
        using var http = new HttpClient { BaseAddress = app.Management.Url };
        http.DefaultRequestHeaders.Authorization = new("Bearer", app.Management.Key);
        using var client = new UsersClient(http);

        var answer = await client.SendTextAsync(new HttpMethod(method), path, body);

        Assert.Contains(saying, answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
