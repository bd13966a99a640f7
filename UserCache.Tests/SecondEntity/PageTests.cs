namespace UserCache.Tests.SecondEntity;

/// <summary>The page that walks through a second entity shows code that works where it says.</summary>
public sealed class PageTests
{
    private const int MostLines = 60;

    // Adds the page's files to the service, in place of its program, and leaves what is built elsewhere.
    private const string Targets =
        """
        <Project>
          <PropertyGroup Condition="'$(MSBuildProjectName)' == 'UserCache.ApiService'">
            <OutputPath>$(Page)/bin/</OutputPath>
            <IntermediateOutputPath>$(Page)/obj/</IntermediateOutputPath>
          </PropertyGroup>
          <ItemGroup Condition="'$(MSBuildProjectName)' == 'UserCache.ApiService'">
            <Compile Remove="Program.cs" />
            <Compile Include="$(Page)/*.cs" />
          </ItemGroup>
        </Project>
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly string Service = Path.Combine(Repository.Root, "UserCache.ApiService");

    [Fact]
    public async Task Service_builds_with_the_page_s_code_as_it_stands_there_and_its_program_is_no_longer_than_it_may_be()
    {
        using var data = new DataFolder();
        var folder = data.Create("page");
        var page = new MarkdownCode(Path.Combine(Repository.Root, "docs", "second-entity.md"));
        var program = page.Diffs.Aggregate(
            await File.ReadAllTextAsync(Path.Combine(Service, "Program.cs")), (text, diff) => diff.ApplyTo(text));
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), program);
        foreach (var (number, code) in page.CSharp.Index())
        {
            await File.WriteAllTextAsync(Path.Combine(folder, $"Page{number}.cs"), code);
        }

        var targets = Path.Combine(folder, "page.targets");
        await File.WriteAllTextAsync(targets, Targets);
        var (status, output, _) = await Tool.CallAsync(Limit, new ProcessSpec(
            "dotnet", "build", Service, "--configuration", Repository.Configuration, "--no-restore", "--no-dependencies", "--nologo",
            "--verbosity", "quiet", $"-p:CustomBeforeMicrosoftCommonTargets={targets}", $"-p:Page={folder}"));

        Assert.True(status == 0, output);
        Assert.Equal(2, page.CSharp.Count);
        Assert.InRange(program.Split('\n').Length - 1, 1, 30);
    }

    [Theory]
    [InlineData("Teams.cs", "public sealed record Team(")]
    [InlineData("TeamsMigration.cs", "[DbContext(")]
    public void Page_shows_what_the_tests_run_word_for_word(string file, string from)
    {
        var run = File.ReadAllText(PathOf(file));

        Assert.Single(
            new MarkdownCode(Path.Combine(Repository.Root, "docs", "second-entity.md")).CSharp,
            code => code.EndsWith(run[run.IndexOf(from, StringComparison.Ordinal)..], StringComparison.Ordinal));
    }

    [Fact]
    public void Second_entity_takes_sixty_lines_beside_its_migration() =>
        Assert.InRange(File.ReadAllLines(PathOf("Teams.cs")).Length, 1, MostLines);

    private static string PathOf(string file) => Path.Combine(Repository.Root, "UserCache.Tests", "SecondEntity", file);
}
