namespace UserCache.Tests.Deployment;

/// <summary>A run of azd with some files and some settings, up to where it would talk to Azure.</summary>
internal sealed class AzdRun(Bicep bicep, DeploymentFiles files, params IEnumerable<(string Name, string Value)> settings)
{
    // What azd always has.
    private static readonly (string Name, string Value)[] Own = [("AZURE_ENV_NAME", "sample"), ("AZURE_LOCATION", "westeurope")];

    // What it makes up where it is not told.
    private static readonly (string Name, string Value)[] MadeUp =
        [("AZURE_MANAGEMENT_KEY", new string('k', 32)), ("AZURE_POSTGRES_PASSWORD", new string('p', 32))];

    private readonly string _parameters = files.Write(
        "infra/main.bicepparam",
        Parameters.FillIn(files.Read(DeploymentFiles.Parameters), Own.Concat(MadeUp).Concat(settings).ToDictionary()));

    public Task<Plan> PlanAsync() => bicep.PlanAsync(_parameters);

    /// <summary>The container app that is deployed.</summary>
    public ContainerApp App(Plan plan) =>
        Template().Render(Own.Concat(plan.Outputs.Select(output => (output.Key, output.Value))).ToDictionary());

    /// <summary>Compiles the templates.</summary>
    /// <returns>What the compiler has to say.</returns>
    public Task<IReadOnlyList<string>> CompileAsync() => bicep.CompileAsync(_parameters);

    /// <summary>Looks for what a deployment would end with, or go without.</summary>
    /// <returns>A sentence for each fault.</returns>
    public async Task<IReadOnlyList<string>> FaultsAsync(Manifest manifest)
    {
        if (await CompileAsync() is { Count: > 0 } complaints)
        {
            return complaints;
        }

        var plan = await PlanAsync();
        var (has, needs) = (plan.Outputs.Keys.Concat(Own.Select(one => one.Name)), Template().Names);
        string[] names =
        [
            .. needs.Except(has).Select(name => $".Env.{name} is no output."),
            .. plan.Outputs.Keys.Except(needs.Append("AZURE_RESOURCE_GROUP")).Select(name => $"Nobody reads the output {name}."),
        ];
        return names.Length > 0 ? names : await FaultsAsync(App(plan), manifest);
    }

    private async Task<IReadOnlyList<string>> FaultsAsync(ContainerApp app, Manifest manifest)
    {
        // The compiler is to say whether Azure knows what is in it; how a file should be written is another thing.
        files.Write("app/bicepconfig.json", """{ "analyzers": { "core": { "enabled": false } } }""");
        return
        [
            .. app.HasVersion ? (string[])[] : ["The api-version has no quotes."],
            .. manifest.Settings.Keys.Except(app.Settings.Keys).Select(name => $"{name} is not in the template."),
            .. manifest.Settings.Where(one => one.Value is { } value && app.Settings.TryGetValue(one.Key, out var other) && other != value)
                .Select(one => $"{one.Key} is {app.Settings[one.Key]} in the template, and {one.Value} in the manifest."),
            .. await bicep.CompileAsync(files.Write("app/app.bicep", app.ToBicep())),
        ];
    }

    private ContainerAppTemplate Template() => new(files.Read(DeploymentFiles.App));
}
