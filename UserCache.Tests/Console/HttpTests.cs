using System.Net.Http.Json;
using System.Text;

namespace UserCache.Tests.Console;

/// <summary>The console's calls without a browser.</summary>
[Collection(ConsoleGroup.Name)]
public sealed class HttpTests(App app, ConsoleReplica console) : IClassFixture<ConsoleReplica>
{
    private static readonly string[] Paths = ["/console", "/console/", "/console/index.html", "/console/console.css", "/console/activity"];

    [Fact]
    public async Task Console_that_is_not_enabled_is_not_there_and_answers_do_not_name_their_trace()
    {
        using var http = new HttpClient { BaseAddress = app.Api.Url };
        using var burst = await http.PostAsJsonAsync("/console/bursts", new { cache = "users", id = "1" });
        var calls = await Task.WhenAll(Paths.Select(path => app.Api.Users.GetAsync(path)));

        Assert.All([.. calls, await Answer.ReadAsync(burst)], answer =>
        {
            Assert.True(answer.Status == 404, $"{answer}");
            Assert.DoesNotContain("traceresponse", answer.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        });
        Assert.DoesNotContain("traceresponse", (await app.Api.Users.GetAsync(1)).Headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Console_without_a_slash_leads_to_the_page_which_may_load_its_own_files_only()
    {
        using var http = new HttpClient { BaseAddress = console.Url };

        using var page = await http.GetAsync("/console");

        Assert.Equal("/console/", page.RequestMessage?.RequestUri?.AbsolutePath);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Equal(
            ["default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"],
            page.Headers.GetValues("Content-Security-Policy"));
    }

    [Theory]
    [InlineData("If-Match", "\"1\"", 412, "/console/main.js is at a version for which the request's conditions do not hold.")]
    [InlineData("Range", "bytes=9999999-", 416, "/console/main.js has no part in the Range \"bytes=9999999-\".")]
    public async Task File_that_is_refused_is_answered_with_what_is_wrong(string header, string value, int status, string saying) =>
        (await console.Users.GetAsync("/console/main.js", (header, value))).ShouldBeProblem(status, saying);

    [Theory]
    [InlineData("many")]
    [InlineData("-1")]
    [InlineData("1.5")]
    public async Task Activity_of_a_time_that_is_no_number_is_refused(string seconds) =>
        (await console.Users.GetAsync($"/console/activity?seconds={seconds}"))
            .ShouldBeProblem(400, $"\"{seconds}\" is no whole number of seconds.");

    [Theory]
    [InlineData("""{"cache": "users", "id": "ada"}""", "A burst needs the name of a cache and the id of one of its rows")]
    [InlineData("""{"cache": "games", "id": "1"}""", "A burst needs the name of a cache and the id of one of its rows")]
    [InlineData("""{"cache": "users"}""", "A burst needs the name of a cache and the id of one of its rows")]
    [InlineData("{}", "A burst needs the name of a cache and the id of one of its rows")]
    [InlineData("""{"cache": "users", "id": 1}""", "$.id")]
    [InlineData("""{"cache": "users", "id": 1""", "could not be read as JSON")]
    [InlineData("", "body")]
    public async Task Bad_burst_is_answered_with_what_is_wrong(string body, string saying)
    {
        using var http = new HttpClient { BaseAddress = console.Url };
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        using var response = await http.PostAsync("/console/bursts", content);

        var answer = await Answer.ReadAsync(response);
        Assert.Equal((400, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.Contains(saying, answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
