using System.Net.Sockets;

namespace UserCache.Tests.AppHost;

/// <summary>What the AppHost promises before anything runs: its manifest, and its answers to settings that are wrong.</summary>
public sealed class GraphTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly string Folder = Path.Combine(Repository.Root, "UserCache.AppHost");
    private static readonly string Program = Path.Combine(Folder, "bin", Repository.Configuration, "net10.0", "UserCache.AppHost.dll");

    [Theory]
    [InlineData("processes")]
    [InlineData("containers")]
    public async Task Manifest_is_the_committed_one_whatever_the_machine_has(string servers)
    {
        // As far from the root as the committed one, for paths in it are relative.
        var written = Path.Combine(Repository.Root, "artifacts", $"aspire-manifest-{servers}.json");
        Directory.CreateDirectory(Path.GetDirectoryName(written)!);

        var (status, output) = await RunAsync(
            ["--publisher", "manifest", "--output-path", written, "--servers", servers], ("PATH", "/nowhere"));

        Assert.True(status == 0, output);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Folder, "aspire-manifest.json")), await File.ReadAllTextAsync(written));
    }

    [Fact]
    public async Task Published_service_has_a_rate_limit_and_no_demo_users_no_console_and_no_sampler_of_its_own()
    {
        var manifest = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(Path.Combine(Folder, "aspire-manifest.json")));

        var settings = manifest.GetProperty("resources").GetProperty("apiservice").GetProperty("env")
            .EnumerateObject().Select(setting => setting.Name).ToList();

        Assert.Contains("ConnectionStrings__cache", settings);
        Assert.Contains("RateLimit__RequestsPerSecond", settings);
        Assert.DoesNotContain(
            settings,
            name => name.StartsWith("Console__", StringComparison.Ordinal) || name is "Database__AddDemoUsers" or "OTEL_TRACES_SAMPLER");
    }

    [Theory]
    [InlineData("--servers nonsense", "--servers is \"nonsense\": it must be containers or processes, or left out.")]
    [InlineData("--servers containers", "No container engine answers: start Docker or Podman, or leave --servers out.")]
    [InlineData("--servers processes", "This machine lacks Redis: .*install.*, or start Docker or Podman.")]
    public async Task Start_without_servers_ends_with_one_sentence_that_says_what_to_do(string arguments, string sentence)
    {
        // Where PATH leads nowhere there is neither redis-server nor a container engine.
        var (status, output) = await RunAsync(arguments.Split(' '), ("PATH", "/nowhere"));

        Assert.Equal(1, status);
        Assert.Matches($"^{sentence}$", Assert.Single(output.TrimEnd().Split('\n')));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("many")]
    public async Task Port_that_is_none_ends_the_start_with_one_sentence(string port)
    {
        var (status, output) = await RunAsync(["--port", port]);

        Assert.Equal(1, status);
        Assert.EndsWith($"--port is \"{port}\": it must be a whole number from 1 to 65535.", output.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_of_the_dashboard_that_is_taken_ends_the_start_with_one_sentence()
    {
        var (port, free) = (FreePort.Next(), FreePort.Next());
        using var other = TcpListener.Create(port);
        other.Start();

        var (status, output) = await RunAsync(["--port", $"{free}"], ("ASPNETCORE_URLS", $"http://localhost:{port}"));

        Assert.Equal(1, status);
        Assert.EndsWith($"Port {port} is taken: stop what listens there; the dashboard needs it.", output.Trim(), StringComparison.Ordinal);
    }

    private static async Task<(int Status, string Output)> RunAsync(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The AppHost keeps generated secrets there: what is started here must not change those of one that runs.
        using var home = new DataFolder();
        start.Environment["HOME"] = home.Path;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var limit = new CancellationTokenSource(Limit);
        using var process = Process.Start(start)!;
        using var killing = limit.Token.Register(() => process.Kill(entireProcessTree: true));
        var output = await Task.WhenAll(
            process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, string.Concat(output));
    }
}
