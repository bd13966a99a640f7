using System.Text.RegularExpressions;
using StreamJsonRpc;

namespace UserCache.Tests.Deployment;

/// <summary>What azd, the templates, the container app and the AppHost expect of each other.</summary>
[Collection(DeploymentGroup.Name)]
public sealed partial class ContractTests(Bicep bicep) : IDisposable
{
    private readonly DeploymentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("AZURE_ACCESS=anonymous")]
    [InlineData("AZURE_ACCESS=anonymous AZURE_USE_KEYS=true AZURE_SIZE=production AZURE_ZONE_REDUNDANT=true")]
    [InlineData("AZURE_ACCESS=tokens AZURE_AUTHORITY=https://login.example.com/v2.0 AZURE_AUDIENCE=api://usercache")]
    public async Task Templates_and_container_app_compile_and_lack_nothing_that_one_expects_of_the_other_or_the_manifest_of_both(
        string settings) => Assert.Empty(await RunWith(settings).FaultsAsync(await Manifest.GetAsync()));

    [Fact]
    public async Task Azd_asks_who_may_change_users_and_for_nothing_else() => Assert.Contains(
        "missing an assignment in the params file: \"access\".", Assert.Single(await RunWith("").CompileAsync()), StringComparison.Ordinal);

    [Theory]
    [InlineData("AZURE_ACCESS=everybody", "'anonymous' | 'tokens' | 'tokens-to-read'")]
    [InlineData("AZURE_ACCESS=anonymous AZURE_SIZE=large", "'production' | 'small'")]
    public async Task Setting_that_is_none_of_the_choices_is_refused(string settings, string choices) => Assert.Contains(
        choices, Assert.Single(await RunWith(settings).CompileAsync()), StringComparison.Ordinal);

    [Theory]
    [InlineData("AZURE_ACCESS=tokens-to-read", "AZURE_ACCESS=tokens-to-read needs AZURE_AUTHORITY and AZURE_AUDIENCE.")]
    [InlineData("AZURE_ACCESS=tokens AZURE_AUDIENCE=api://usercache", "AZURE_ACCESS=tokens needs AZURE_AUTHORITY and AZURE_AUDIENCE.")]
    [InlineData("AZURE_ACCESS=tokens AZURE_AUTHORITY=https://login.example.com", "AZURE_ACCESS=tokens needs AZURE_AUTHORITY and")]
    [InlineData("AZURE_ACCESS=anonymous AZURE_ZONE_REDUNDANT=true", "Zone redundancy needs another size than small: AZURE_SIZE=")]
    public async Task Settings_that_do_not_go_together_are_refused_with_one_sentence_before_anything_is_made(
        string settings, string sentence)
    {
        Assert.Empty(await RunWith(settings).CompileAsync());

        var refusal = await Assert.ThrowsAsync<RemoteInvocationException>(() => RunWith(settings).PlanAsync());
        Assert.Contains(sentence, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_setting_is_on_the_page_and_no_other()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations", "azure.md"));

        Assert.Equal(
            Parameters.Variables(_files.Read(DeploymentFiles.Parameters)).Order(),
            Row().Matches(page).Select(row => row.Groups["name"].Value).Concat(["AZURE_ENV_NAME", "AZURE_LOCATION"]).Order());
    }

    private AzdRun RunWith(string settings) => new(bicep, _files, settings.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(setting => setting.Split('=', 2)).Select(setting => (setting[0], setting[1])));

    [GeneratedRegex(@"^\| `azd env set (?<name>\w+) ", RegexOptions.Multiline)]
    private static partial Regex Row();
}
