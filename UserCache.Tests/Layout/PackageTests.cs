using System.IO.Compression;

namespace UserCache.Tests.Layout;

/// <summary>The libraries as packages.</summary>
public sealed class PackageTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("UserCache.Caching")]
    [InlineData("UserCache.Caching.PostgreSql")]
    public async Task Library_packs_with_its_page_its_documentation_and_its_symbols(string library)
    {
        using var data = new DataFolder();
        var folder = data.Create("packages");

        var (status, output, _) = await Tool.CallAsync(Limit, new ProcessSpec(
            "dotnet", "pack", Path.Combine(Repository.Root, library), "--no-build", "--configuration", Repository.Configuration,
            "--output", folder, "--nologo"));
        Assert.True(status == 0, output);

        Assert.Superset(
            new HashSet<string> { "README.md", $"lib/net10.0/{library}.dll", $"lib/net10.0/{library}.xml", $"{library}.nuspec" },
            await FilesOfAsync(folder, $"{library}.?.?.?.nupkg"));
        Assert.Contains($"lib/net10.0/{library}.pdb", await FilesOfAsync(folder, $"{library}.?.?.?.snupkg"));
    }

    private static async Task<HashSet<string>> FilesOfAsync(string folder, string package)
    {
        await using var archive = await ZipFile.OpenReadAsync(Assert.Single(Directory.GetFiles(folder, package)));
        return [.. archive.Entries.Select(entry => entry.FullName)];
    }
}
