using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Playwright;
using UserCache.ApiService;
using UserCache.Tests.Console;
using static Microsoft.Playwright.Assertions;

namespace UserCache.Tests.Http;

/// <summary>The OpenAPI document and its page.</summary>
[Collection(ConsoleGroup.Name)]
public sealed class DocsTests(App app, Browser browser)
{
    [Fact]
    public async Task Document_has_the_public_calls_alone_and_no_address_that_a_client_made_up()
    {
        var document = (await app.Users.GetAsync("/openapi/v1.json", ("Host", "made-up.localhost"))).Json;

        Assert.Equal(
            ["/api/v1/users", "/api/v1/users/{id}"],
            document.GetProperty("paths").EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["/"], document.GetProperty("servers").EnumerateArray().Select(server => server.GetProperty("url").GetString()));
    }

    [Fact]
    public async Task Document_is_made_once()
    {
        var made = 0;
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.Services.AddApiDocs();
        builder.Services.Configure<OpenApiOptions>("v1", options => options.AddDocumentTransformer((_, _, _) =>
        {
            Interlocked.Increment(ref made);
            return Task.CompletedTask;
        }));
        var url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"));
        builder.WebHost.UseUrls(url.OriginalString);
        await using var service = builder.Build();
        service.MapApiDocs();
        await service.StartAsync();
        using var client = new UsersClient(url);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetAsync("/openapi/v1.json")));

        Assert.All(answers, answer => Assert.Equal((200, "application/json"), (answer.Status, answer.MediaType)));
        Assert.Equal(1, made);
    }

    [Fact]
    public async Task Page_shows_the_calls_under_a_policy_that_lets_it_load_and_call_this_service_alone()
    {
        var policy = (await app.Users.GetAsync("/docs/")).Headers["Content-Security-Policy"];
        Assert.StartsWith("default-src 'self'; script-src 'self' 'nonce-", policy, StringComparison.Ordinal);
        Assert.NotEqual(policy, (await app.Users.GetAsync("/docs/")).Headers["Content-Security-Policy"]);

        await using var context = await browser.NewContextAsync(width: 1_200);
        var page = await context.NewPageAsync();
        List<string> complaints = [];
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => complaints.Add(error);
        await page.GotoAsync($"{app.Api.Url}docs/");

        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Create a user" }).First).ToBeVisibleAsync();
        Assert.Empty(complaints);
    }
}
