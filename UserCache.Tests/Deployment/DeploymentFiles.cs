namespace UserCache.Tests.Deployment;

/// <summary>What azd and the compiler read of this repository, in a copy that may be changed.</summary>
internal sealed class DeploymentFiles : IDisposable
{
    public const string App = "UserCache.AppHost/infra/apiservice.tmpl.yaml";
    public const string Parameters = "infra/main.parameters.json";

    private readonly DataFolder _copy = new();

    public DeploymentFiles()
    {
        var infra = Directory.GetFiles(Path.Combine(Repository.Root, "infra"), "*", SearchOption.AllDirectories);
        foreach (var file in infra.Select(file => Path.GetRelativePath(Repository.Root, file)).Append(App).Append("bicepconfig.json"))
        {
            Write(file, File.ReadAllText(Path.Combine(Repository.Root, file)));
        }
    }

    public string Read(string file) => File.ReadAllText(Path.Combine(_copy.Path, file));

    /// <summary>Writes a file.</summary>
    /// <returns>Where it is.</returns>
    public string Write(string file, string text)
    {
        var path = Path.Combine(_copy.Path, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Puts one text, which is there once, in the place of another.</summary>
    public void Change(string file, string from, string to)
    {
        var parts = Read(file).Split(from);
        Assert.True(parts.Length == 2, $"\"{from}\" is in {file} {parts.Length - 1} times.");
        Write(file, string.Join(to, parts));
    }

    public void Dispose() => _copy.Dispose();
}
