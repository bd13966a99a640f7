using StreamJsonRpc;

namespace UserCache.Tests.Deployment;

/// <summary>
/// The real compiler, which has the types that Azure publishes inside. It stays while it is asked, for it takes seconds to warm up.
/// </summary>
public sealed class Bicep : IAsyncLifetime
{
    private static readonly object Target = new
    {
        TenantId = Guid.Empty, SubscriptionId = Guid.Empty, Location = "westeurope", DeploymentName = "sample",
    };

    private readonly Process _program;
    private readonly JsonRpc _calls;

    public Bicep()
    {
        _program = Process.Start(new ProcessStartInfo(Repository.Metadata("Bicep"), ["jsonrpc", "--stdio"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        _calls = JsonRpc.Attach(_program.StandardInput.BaseStream, _program.StandardOutput.BaseStream);
    }

    /// <summary>Compiles and lints a file, and those that it uses.</summary>
    /// <returns>What the compiler has to say. Nothing of it is good: what would not be there on Azure it only warns of.</returns>
    public async Task<IReadOnlyList<string>> CompileAsync(string file)
    {
        var compiled = await _calls.InvokeWithParameterObjectAsync<Compiled>("bicep/compile", new { Path = file });
        return compiled is { Success: false, Diagnostics: [] }
            ? [$"{file} does not compile."]
            : [.. compiled.Diagnostics.Select(one => $"{one.Source}({one.Range.Start.Line + 1}): {one.Code}: {one.Message}")];
    }

    /// <summary>Works out what a deployment would make, as Azure does before it makes anything.</summary>
    /// <param name="file">The parameters, which name the template.</param>
    /// <exception cref="RemoteInvocationException">The template refuses them.</exception>
    public async Task<Plan> PlanAsync(string file)
    {
        var worked = await _calls.InvokeWithParameterObjectAsync<Worked>("bicep/getSnapshot", new { Path = file, Metadata = Target });
        return new Plan(JsonDocument.Parse(worked.Snapshot).RootElement);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        // It ends with its input.
        _calls.Dispose();
        await _program.WaitForExitAsync();
        _program.Dispose();
    }

    private sealed record Compiled(bool Success, IReadOnlyList<Diagnostic> Diagnostics);

    private sealed record Diagnostic(string Source, Stretch Range, string Code, string Message);

    private sealed record Stretch(Position Start);

    private sealed record Position(int Line);

    private sealed record Worked(string Snapshot);
}
