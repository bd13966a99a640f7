using System.Text.RegularExpressions;
using UserCache.Tests.AppHost;

namespace UserCache.Tests.Deployment;

/// <summary>What the AppHost tells azd of the service.</summary>
internal sealed partial class Manifest
{
    private static readonly Lazy<Task<Manifest>> Written = new(WriteAsync);

    private readonly JsonElement _api;

    private Manifest(JsonElement json)
    {
        _api = json.GetProperty("resources").GetProperty("apiservice");
        Settings = _api.GetProperty("env").EnumerateObject().ToDictionary(one => one.Name, one => Value(one.Value.GetString()!));
    }

    /// <summary>The service's environment variables; <see langword="null"/> where azd, or who runs it, has the value.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; }

    /// <summary>Has the AppHost write it, once.</summary>
    public static Task<Manifest> GetAsync() => Written.Value;

    private static async Task<Manifest> WriteAsync()
    {
        using var folder = new DataFolder();
        var path = Path.Combine(folder.Path, "manifest.json");
        await AppHostProgram.WriteManifestAsync(path, "processes");
        return new Manifest(JsonDocument.Parse(await File.ReadAllTextAsync(path)).RootElement);
    }

    private string? Value(string text)
    {
        var value = Port().Replace(text, found =>
            _api.GetProperty("bindings").GetProperty(found.Groups["name"].Value).TryGetProperty("targetPort", out var port)
                ? $"{port}"
                : ContainerAppTemplate.Port);
        return value.Contains('{') ? null : value;
    }

    [GeneratedRegex(@"\{apiservice\.bindings\.(?<name>\w+)\.targetPort\}")]
    private static partial Regex Port();
}
