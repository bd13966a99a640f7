namespace UserCache.Tests.Http;

[Collection(AppGroup.Name)]
public sealed class SurroundingsTests(App app)
{
    [Theory]
    [InlineData("/alive")]
    [InlineData("/health")]
    public async Task Probe_answers_healthy(string path) =>
        Assert.Equal((200, "Healthy"), (await app.Users.GetAsync(path)).StatusAndBody);

    [Fact]
    public async Task OpenApi_document_lists_the_six_calls_and_their_statuses()
    {
        var paths = (await app.Users.GetAsync("/openapi/v1.json")).Json.GetProperty("paths");
        var users = paths.GetProperty("/api/v1/users");
        var user = paths.GetProperty("/api/v1/users/{id}");

        Assert.Equal(["200", "304", "400", "412", "429", "503"], Statuses(users.GetProperty("get")));
        Assert.Equal(["201", "400", "409", "412", "413", "415", "422", "429", "503"], Statuses(users.GetProperty("post")));
        Assert.Equal(["200", "304", "400", "404", "412", "429", "503"], Statuses(user.GetProperty("get")));
        Assert.Equal(["200", "400", "404", "409", "412", "413", "415", "422", "429", "503"], Statuses(user.GetProperty("put")));
        Assert.Equal(["204", "400", "404", "409", "412", "422", "429", "503"], Statuses(user.GetProperty("delete")));
        Assert.All(
            user.EnumerateObject(),
            call => Assert.Equal(
                "integer", call.Value.GetProperty("parameters")[0].GetProperty("schema").GetProperty("type").GetString()));
    }

    [Fact]
    public async Task Docs_page_is_served_without_the_internet()
    {
        var page = await app.Users.GetAsync("/docs/");

        Assert.Equal((200, "text/html"), (page.Status, page.MediaType));
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", page.Body);
    }

    [Fact]
    public async Task Unknown_path_answers_404_with_problem_details() =>
        (await app.Users.GetAsync("/nowhere")).ShouldBeProblem(404, "Not Found");

    private static IEnumerable<string> Statuses(System.Text.Json.JsonElement call) =>
        call.GetProperty("responses").EnumerateObject().Select(response => response.Name).Order(StringComparer.Ordinal);
}
