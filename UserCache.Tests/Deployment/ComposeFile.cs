using YamlDotNet.Serialization;

namespace UserCache.Tests.Deployment;

/// <summary>compose.yaml, as Compose itself reads it: with what .env says in it, and nothing started.</summary>
internal static class ComposeFile
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    /// <summary>What whoever starts it has to say.</summary>
    public static IReadOnlyDictionary<string, string> Choices { get; } = new Dictionary<string, string>
    {
        ["SITE"] = ":80",
        ["ALLOW_ANONYMOUS"] = "true",
        ["REDIS_PASSWORD"] = "ofRedis",
        ["POSTGRES_PASSWORD"] = "ofPostgres",
        ["MANAGEMENT_KEY"] = "of-the-management-port",
    };

    /// <returns>The services, by name.</returns>
    /// <exception cref="InvalidOperationException">Compose refuses the file; the message has what it says.</exception>
    public static async Task<IReadOnlyDictionary<string, JsonElement>> ReadAsync(IReadOnlyDictionary<string, string> choices)
    {
        using var folder = new DataFolder();
        var settings = Path.Combine(folder.Path, ".env");
        await File.WriteAllLinesAsync(settings, choices.Select(choice => $"{choice.Key}={choice.Value}"));
        var compose = Tool.Find("docker-compose", "docker-compose", "docker-compose");
        await using var config = await SupervisedProcess.StartAsync(
            new ProcessSpec(compose, "--env-file", settings, "-f", Path.Combine(Repository.Root, "compose.yaml"), "config"), StartTimeout);
        var status = await config.Exited;
        var said = string.Join('\n', config.Output);
        return status == 0 ? Services(said) : throw new InvalidOperationException(said);
    }

    private static Dictionary<string, JsonElement> Services(string yaml)
    {
        var file = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize(yaml);
        var json = new SerializerBuilder().JsonCompatible().Build().Serialize(file);
        return JsonElement.Parse(json).GetProperty("services").EnumerateObject()
            .ToDictionary(service => service.Name, service => service.Value);
    }
}
