
namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>The browser of the tests: Chromium, or Chrome, which is the same to them.</summary>
public static class ChromiumProgram
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>The program, or <see langword="null"/> when it is not installed.</summary>
    public static string? Path => Names.Select(name => Tool.Find(name)).FirstOrDefault(path => path is not null);
}
