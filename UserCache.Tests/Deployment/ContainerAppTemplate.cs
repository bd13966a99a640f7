using System.Text.RegularExpressions;

namespace UserCache.Tests.Deployment;

/// <summary>The container app before azd has filled it in. Of Go's templates it has four forms, and no other is understood here.</summary>
internal sealed partial class ContainerAppTemplate(string text)
{
    // What the SDK's images listen on.
    public const string Port = "8080";

    /// <summary>What it reads of azd's environment.</summary>
    public IReadOnlySet<string> Names { get; } = Variable().Matches(text).Select(name => name.Groups["name"].Value).ToHashSet();

    /// <summary>Fills it in.</summary>
    /// <param name="environment">azd's environment; what it lacks ends a deployment.</param>
    /// <exception cref="KeyNotFoundException">It lacks a name.</exception>
    /// <exception cref="FormatException">A form is not understood.</exception>
    public ContainerApp Render(IReadOnlyDictionary<string, string> environment)
    {
        var rendered = Condition().Replace(
            text, found => environment[found.Groups["name"].Value].Length > 0 ? found.Groups["then"].Value : "");
        rendered = Form().Replace(rendered, found => found.Groups["form"].Value switch
        {
            ".Image" => "registry.example.com/apiservice:1",
            $"targetPortOrDefault {Port}" => Port,
            var form when form.StartsWith(".Env.", StringComparison.Ordinal) => environment[form[".Env.".Length..]],
            var form => throw new FormatException($"\"{form}\" is not understood."),
        });
        return new ContainerApp(rendered);
    }

    [GeneratedRegex(@"\.Env\.(?<name>\w+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\{\{ if \.Env\.(?<name>\w+) \}\}(?<then>.*?)\{\{ end \}\}", RegexOptions.Singleline)]
    private static partial Regex Condition();

    [GeneratedRegex(@"\{\{ (?<form>.*?) \}\}")]
    private static partial Regex Form();
}
