namespace UserCache.Tests.AppHost;

/// <summary>The AppHost as a program that says something and ends.</summary>
internal static class AppHostProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly string Folder = Path.Combine(Repository.Root, "UserCache.AppHost");
    private static readonly string Program = Path.Combine(Folder, "bin", Repository.Configuration, "net10.0", "UserCache.AppHost.dll");

    /// <summary>The manifest that is committed.</summary>
    public static string Manifest { get; } = Path.Combine(Folder, "aspire-manifest.json");

    /// <summary>Has it write its manifest, as azd does.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="servers">The servers that it is told to take, which a manifest must not depend on.</param>
    public static async Task WriteManifestAsync(string path, string servers)
    {
        var (status, output) = await RunAsync(
            ["--publisher", "manifest", "--output-path", path, "--servers", servers], ("PATH", "/nowhere"));
        Assert.True(status == 0, output);
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="arguments">Of its command line.</param>
    /// <param name="environment">Added to this process' own.</param>
    /// <returns>Its status, and what it has said.</returns>
    public static async Task<(int Status, string Output)> RunAsync(
        string[] arguments, params IEnumerable<(string Name, string Value)> environment)
    {
        // It keeps generated secrets there: what is started here must not change those of one that runs.
        using var home = new DataFolder();
        var (status, output, error) = await Tool.CallAsync(Limit, new ProcessSpec(Environment.ProcessPath!, [Program, .. arguments])
        {
            Environment = environment.Append(("HOME", home.Path)).ToDictionary(),
        });
        return (status, output + error);
    }
}
