using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace UserCache.Tests.Console;

/// <summary>
/// Tests that look at the console as people do.
/// After each, the browser must have had nothing to complain of: no error, no breach of the page's policy.
/// </summary>
public abstract class PageTests(App app, Browser browser) : IAsyncLifetime
{
    protected const int Wide = 1280;
    protected const int Narrow = 380;

    private readonly Stack<IAsyncDisposable> _started = [];
    private readonly ConcurrentQueue<string> _complaints = [];
    private string[] _provoked = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var started in _started)
        {
            await started.DisposeAsync();
        }

        Assert.True(_complaints.IsEmpty, string.Join(Environment.NewLine, _complaints));
    }

    /// <summary>The browser notes each call that fails; to be called before some are made to.</summary>
    /// <param name="provoked">What they fail with, as in "404" or "ERR_CONNECTION_REFUSED".</param>
    protected void CallsMayFailWith(params string[] provoked) => _provoked = provoked;

    /// <summary>
    /// Ends something after the test: the last first, so that no page has to do without its server.
    ///
    /// </summary>
    protected T EndsWithTest<T>(T started)
        where T : IAsyncDisposable
    {
        _started.Push(started);
        return started;
    }

    /// <summary>Replicas with a console, for this test alone.</summary>
    /// <param name="replicas">How many.</param>
    /// <param name="processes">How many of them are processes of their own, which alone have names of their own.</param>
    /// <param name="settings">What is not as in <see cref="App.Defaults"/>.</param>
    protected async Task<Fleet> StartFleetAsync(int replicas = 1, int processes = 0, params (string Key, string Value)[] settings) =>
        EndsWithTest(await Fleet.StartAsync(app, replicas, processes, [ConsoleReplica.Enabled, .. settings]));

    /// <summary>A load balancer in front of a fleet's replicas.</summary>
    private protected RoundRobin StartBalancer(Fleet fleet) => EndsWithTest(new RoundRobin(fleet.Replicas));

    /// <summary>Opens the console in a browser of its own, and waits until it has heard of a replica.</summary>
    protected async Task<IPage> OpenAsync(Uri service, int width = Wide)
    {
        var context = EndsWithTest(await browser.NewContextAsync(width));
        var page = await context.NewPageAsync();
        page.Console += (_, message) => Note(message.Type, message.Text);
        page.PageError += (_, error) => Note("error", error);
        await page.GotoAsync(new Uri(service, "/console/").AbsoluteUri);
        await Assertions.Expect(page.GetByTestId("replicas")).ToContainTextAsync("heard");
        return page;
    }

    /// <summary>Opens the console and looks a new user up there.</summary>
    protected async Task<(IPage Page, long Id)> OpenAtUserAsync(ConsoleReplica console, string? username = null)
    {
        var id = await console.Fleet.AddUserAsync(username);
        var page = await OpenAsync(console.Url);
        await page.LookUpAsync(id);
        await Assertions.Expect(page.GetByTestId("edit-id")).ToHaveTextAsync($"{id}");
        return (page, id);
    }

    /// <summary>Takes a picture of the whole page.</summary>
    protected static Task SaveScreenshotAsync(IPage page, string name, string folder = "artifacts/screenshots") =>
        page.ScreenshotAsync(new() { FullPage = true, Path = Path.Combine(Repository.Root, folder, $"{name}.png") });

    private void Note(string type, string text)
    {
        var isProvoked = text.StartsWith("Failed to load resource:", StringComparison.Ordinal)
            && Array.Exists(_provoked, reason => text.Contains(reason, StringComparison.Ordinal));
        if (type == "error" && !isProvoked)
        {
            _complaints.Enqueue(text);
        }
    }
}
