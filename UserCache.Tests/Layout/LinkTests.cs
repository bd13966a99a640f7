namespace UserCache.Tests.Layout;

/// <summary>The repository's pages lead where they say.</summary>
public sealed class LinkTests
{
    [Fact]
    public void Every_relative_link_of_a_page_leads_to_a_file_and_its_anchor_to_a_heading()
    {
        var links = MarkdownPage.In(Repository.Root)
            .SelectMany(path => new MarkdownPage(path).Links, (path, link) => (Path: path, Link: link))
            .ToList();

        Assert.True(links.Count > 100, $"{links.Count} links");
        var broken = links
            .Where(link => !new MarkdownPage(link.Path).Reaches(link.Link))
            .Select(link => $"{Path.GetRelativePath(Repository.Root, link.Path)}: {link.Link}")
            .ToList();
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    [Theory]
    [InlineData("[there](other.md)", true)]
    [InlineData("[there](folder)", true)]
    [InlineData("[there](other.md#a-heading-of-code)", true)]
    [InlineData("[there](other.md#twice-1)", true)]
    [InlineData("[here](#links)", true)]
    [InlineData("[over two\nlines](other.md)", true)]
    [InlineData("[not](missing.md)", false)]
    [InlineData("![not](missing.png)", false)]
    [InlineData("[not][1]\n\n[1]: missing.md", false)]
    [InlineData("<img src=\"missing.png\">", false)]
    [InlineData("[not](other.md#missing)", false)]
    [InlineData("[not](other.md#twice-2)", false)]
    [InlineData("[not](other.md#in-a-block)", false)]
    [InlineData("[not](#missing)", false)]
    [InlineData("[not](/other.md)", false)]
    public void Link_that_leads_nowhere_is_found(string text, bool reaches)
    {
        using var data = new DataFolder();
        var folder = data.Create("pages");
        Directory.CreateDirectory(Path.Combine(folder, "folder"));
        File.WriteAllText(
            Path.Combine(folder, "other.md"), "# A [heading](x) of `code`!\n\n## Twice\n\n## Twice\n\n```sh\n# in a block\n```\n");
        var path = Path.Combine(folder, "page.md");
        File.WriteAllText(path, $"# Links\n\n`[code](x.md)` and [elsewhere](https://example.com/x.md)\n\n{text}\n");

        var page = new MarkdownPage(path);

        Assert.Equal(reaches, page.Reaches(Assert.Single(page.Links)));
    }
}
