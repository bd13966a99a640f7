using System.Text.RegularExpressions;

namespace UserCache.Tests.Layout;

/// <summary>A page in Markdown, as GitHub shows it.</summary>
internal sealed partial class MarkdownPage(string path)
{
    private readonly string _text = Fence().Replace(File.ReadAllText(path), "");

    /// <summary>Where its links lead to, but for those to other hosts.</summary>
    public IEnumerable<string> Links => Link().Matches(InlineCode().Replace(_text, ""))
        .Select(link => link.Groups["target"].Value)
        .Where(target => !Scheme().IsMatch(target));

    /// <summary>Names of its headings, as links have them; of equal ones the later are numbered.</summary>
    private IEnumerable<string> Anchors => Heading().Matches(_text)
        .Select(heading => Label().Replace(heading.Groups["text"].Value.Trim(), "$1"))
        .Select(text => NotInAnchors().Replace(text, "").ToLowerInvariant().Replace(' ', '-'))
        .GroupBy(anchor => anchor)
        .SelectMany(equal => equal.Select((anchor, place) => place == 0 ? anchor : $"{anchor}-{place}"));

    /// <summary>All pages in a folder, without those of packages and of builds.</summary>
    public static IEnumerable<string> In(string folder) => Directory.EnumerateFiles(folder, "*.md", SearchOption.AllDirectories)
        .Where(path => !Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar)
            .Intersect([".git", "artifacts", "bin", "obj"]).Any());

    /// <summary>Whether there is what a link of this page leads to.</summary>
    public bool Reaches(string link)
    {
        var (file, anchor) = link.Split('#', 2) is [var before, var after] ? (before, after) : (link, null);
        var target = file.Length == 0 ? path : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, Uri.UnescapeDataString(file)));
        return anchor is null || !target.EndsWith(".md", StringComparison.Ordinal)
            ? Path.Exists(target)
            : File.Exists(target) && new MarkdownPage(target).Anchors.Contains(anchor);
    }

    [GeneratedRegex(@"^\s*```.*?^\s*```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("(`+).+?\\1", RegexOptions.Singleline)]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"(\]\(|^\[[^\]]+\]:\s*|(href|src)="")(?<target>[^\s)""]+)", RegexOptions.Multiline)]
    private static partial Regex Link();

    [GeneratedRegex("^[a-z][a-z0-9+.-]*:", RegexOptions.IgnoreCase)]
    private static partial Regex Scheme();

    [GeneratedRegex(@"^#{1,6} (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex Label();

    [GeneratedRegex(@"[^\p{L}\p{N}\s_-]")]
    private static partial Regex NotInAnchors();
}
