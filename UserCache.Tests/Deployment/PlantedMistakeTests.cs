namespace UserCache.Tests.Deployment;

/// <summary>Mistakes of each kind, and that the checks see them.</summary>
[Collection(DeploymentGroup.Name)]
public sealed class PlantedMistakeTests(Bicep bicep)
{
    private const string Main = "infra/main.bicep";
    private const string Redis = "infra/modules/redis.bicep";

    [Theory]
    [InlineData(DeploymentFiles.App, ".Env.API_CPU", ".Env.API_CPUS", ".Env.API_CPUS is no output.")]
    [InlineData(DeploymentFiles.App, "if .Env.API_AUTHORITY", "if .Env.API_AUTHORITIES", ".Env.API_AUTHORITIES is no output.")]
    [InlineData(Main, "output API_CPU ", "output API_MEMORY_TOO string = ''\noutput API_CPU ", "Nobody reads the output API_MEMORY_TOO.")]
    [InlineData(DeploymentFiles.App, "name: Management__Key", "name: Management__Keys", "Management__Key is not in the template.")]
    [InlineData(DeploymentFiles.App, "http://*:8081", "http://*:8082", "Management__Url is http://*:8082 in the template, and http")]
    [InlineData(DeploymentFiles.App, "\"2025-07-01\"", "2025-07-01", "The api-version has no quotes.")]
    [InlineData(DeploymentFiles.Parameters, "\"location\":", "\"locations\":", "assigned in the params file without being declared")]
    [InlineData(Main, "param size string", "param size string\n\nparam hue string", "no-unused-params")]
    [InlineData(Main, "param size string", "param size string\n\nparam hue string", "missing an assignment in the params file: \"hue\"")]
    [InlineData(DeploymentFiles.App, "failureThreshold: 10", "failureThresholds: 10", "\"failureThresholds\" is not allowed")]
    [InlineData(DeploymentFiles.App, "concurrentRequests: \"100\"", "concurrentRequests: 100", "expected a value of type \"string\"")]
    [InlineData(Redis, "evictionPolicy: ", "evictionPolicies: ", "\"evictionPolicies\" is not allowed")]
    [InlineData(Redis, "port: 10000", "port: '10000'", "expected a value of type \"int")]
    public async Task Mistake_is_seen(string file, string from, string to, string fault)
    {
        using var files = new DeploymentFiles();
        files.Change(file, from, to);

        var faults = await new AzdRun(bicep, files, ("AZURE_ACCESS", "anonymous")).FaultsAsync(await Manifest.GetAsync());

        Assert.Contains(faults, one => one.Contains(fault, StringComparison.Ordinal));
    }
}
