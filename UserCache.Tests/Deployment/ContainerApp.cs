using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace UserCache.Tests.Deployment;

/// <summary>The container app as azd hands it to Azure.</summary>
internal sealed class ContainerApp
{
    private const string Version = "api-version";

    private readonly YamlMappingNode _root;

    public ContainerApp(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        _root = (YamlMappingNode)stream.Documents[0].RootNode;
        Settings = List(Container["env"]).ToDictionary(
            one => $"{one["name"]}", one => one.Children.TryGetValue("value", out var value) ? $"{value}" : null);
    }

    /// <summary>The container's environment variables; <see langword="null"/> where the vault has the value.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; }

    /// <summary>Whether azd finds the version: without quotes it is a date to azd, which passes over it.</summary>
    public bool HasVersion => _root[Version] is YamlScalarNode { Style: not ScalarStyle.Plain };

    public YamlNode Configuration => _root["properties"]["configuration"];

    public YamlNode Template => _root["properties"]["template"];

    private YamlNode Container => Template["containers"][0];

    public static IEnumerable<YamlMappingNode> List(YamlNode node) => ((YamlSequenceNode)node).Children.Cast<YamlMappingNode>();

    public YamlNode Probe(string type) => List(Container["probes"]).Single(probe => $"{probe["type"]}" == type);

    /// <summary>The container's environment variables, with what the vault has.</summary>
    public Dictionary<string, string> Environment(Plan plan)
    {
        var addresses = List(Configuration["secrets"]).ToDictionary(one => $"{one["name"]}", one => $"{one["keyVaultUrl"]}");
        return List(Container["env"]).ToDictionary(
            one => $"{one["name"]}", one => Settings[$"{one["name"]}"] ?? plan.Secret(addresses[$"{one["secretRef"]}"]));
    }

    /// <summary>The app as a resource in the compiler's language, under the name that azd gives it.</summary>
    public string ToBicep()
    {
        var body = new YamlMappingNode(_root.Children.Where(one => $"{one.Key}" != Version)) { { "name", "apiservice" } };
        return $"resource app 'Microsoft.App/containerApps@{_root[Version]}' = {BicepText.Of(body)}\n";
    }
}
