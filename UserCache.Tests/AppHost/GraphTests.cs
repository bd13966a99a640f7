using System.Net.Sockets;

namespace UserCache.Tests.AppHost;

/// <summary>What the AppHost promises before anything runs: its manifest, and its answers to settings that are wrong.</summary>
public sealed class GraphTests
{
    [Theory]
    [InlineData("processes")]
    [InlineData("containers")]
    public async Task Manifest_is_the_committed_one_whatever_the_machine_has(string servers)
    {
        // As far from the root as the committed one, for paths in it are relative.
        var written = Path.Combine(Repository.Root, "artifacts", $"aspire-manifest-{servers}.json");
        Directory.CreateDirectory(Path.GetDirectoryName(written)!);

        await AppHostProgram.WriteManifestAsync(written, servers);

        Assert.Equal(await File.ReadAllTextAsync(AppHostProgram.Manifest), await File.ReadAllTextAsync(written));
    }

    [Fact]
    public async Task Published_service_has_a_rate_limit_and_no_demo_users_no_console_and_no_sampler_of_its_own()
    {
        var manifest = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(AppHostProgram.Manifest));

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
        var (status, output) = await AppHostProgram.RunAsync(arguments.Split(' '), ("PATH", "/nowhere"));

        Assert.Equal(1, status);
        Assert.Matches($"^{sentence}$", Assert.Single(output.TrimEnd().Split('\n')));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("many")]
    public async Task Port_that_is_none_ends_the_start_with_one_sentence(string port)
    {
        var (status, output) = await AppHostProgram.RunAsync(["--port", port]);

        Assert.Equal(1, status);
        Assert.EndsWith($"--port is \"{port}\": it must be a whole number from 1 to 65535.", output.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_of_the_dashboard_that_is_taken_ends_the_start_with_one_sentence()
    {
        var (port, free) = (FreePort.Next(), FreePort.Next());
        using var other = TcpListener.Create(port);
        other.Start();

        var (status, output) = await AppHostProgram.RunAsync(["--port", $"{free}"], ("ASPNETCORE_URLS", $"http://localhost:{port}"));

        Assert.Equal(1, status);
        Assert.EndsWith($"Port {port} is taken: stop what listens there; the dashboard needs it.", output.Trim(), StringComparison.Ordinal);
    }
}
