using Microsoft.Playwright;

namespace UserCache.Tests.Console;

/// <summary>A real browser without a window, for all tests of the console.</summary>
public sealed class Browser : IAsyncLifetime
{
    // The page polls once a second, and an outage takes a few seconds to be noticed and to end.
    private const float ExpectLimitMilliseconds = 20_000;

    // It is started as root in containers, needs no graphics card, and has nothing to ask of anyone but the page's server.
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        // The one without windows does the same pages in a third of the time.
        var program = Tool.Find(
            "chromium-headless-shell", "--cask chromium", "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome");
        Assertions.SetDefaultExpectTimeout(ExpectLimitMilliseconds);
        _playwright = await Playwright.CreateAsync();
        _playwright.Selectors.SetTestIdAttribute("id");
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = Arguments });
    }

    /// <summary>Like a browser that was never used.</summary>
    /// <param name="width">Of the window.</param>
    public Task<IBrowserContext> NewContextAsync(int width) =>
        _browser!.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 900 } });

    public async Task DisposeAsync()
    {
        await (_browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        _playwright?.Dispose();
    }
}
