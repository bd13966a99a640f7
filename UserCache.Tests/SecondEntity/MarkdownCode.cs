namespace UserCache.Tests.SecondEntity;

/// <summary>The blocks of code of a page.</summary>
internal sealed class MarkdownCode
{
    private const string Fence = "```";

    private readonly List<(string Language, List<string> Lines)> _blocks = [];

    public MarkdownCode(string path)
    {
        var isInside = false;
        foreach (var line in File.ReadLines(path))
        {
            if (line.StartsWith(Fence, StringComparison.Ordinal))
            {
                isInside = !isInside;
                if (isInside)
                {
                    _blocks.Add((line[Fence.Length..], []));
                }
            }
            else if (isInside)
            {
                _blocks[^1].Lines.Add(line);
            }
        }
    }

    public IReadOnlyList<string> CSharp => [.. Of("csharp").Select(lines => Text(lines))];

    public IEnumerable<MarkdownDiff> Diffs => Of("diff").Select(lines => new MarkdownDiff(lines));

    internal static string Text(IEnumerable<string> lines) => string.Concat(lines.Select(line => $"{line}\n"));

    private IEnumerable<List<string>> Of(string language) => _blocks.Where(block => block.Language == language).Select(block => block.Lines);
}

/// <summary>What a page says to change: lines that stay, go and come.</summary>
internal sealed class MarkdownDiff(IReadOnlyList<string> lines)
{
    public string ApplyTo(string text)
    {
        var before = Text('-');
        Assert.Contains(before, text, StringComparison.Ordinal);
        return text.Replace(before, Text('+'), StringComparison.Ordinal);
    }

    private string Text(char change) => MarkdownCode.Text(lines.Where(line => line[0] == ' ' || line[0] == change).Select(line => line[1..]));
}
