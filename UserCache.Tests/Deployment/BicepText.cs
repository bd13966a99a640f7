using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace UserCache.Tests.Deployment;

/// <summary>YAML in the compiler's language. Text without quotes has the type that azd's reader takes it for.</summary>
internal static partial class BicepText
{
    public static string Of(YamlNode node) => node switch
    {
        YamlMappingNode mapping => $"{{\n{string.Concat(mapping.Select(one => $"{Quoted(one.Key.ToString())}: {Of(one.Value)}\n"))}}}",
        YamlSequenceNode sequence => $"[\n{string.Concat(sequence.Select(one => $"{Of(one)}\n"))}]",
        YamlScalarNode { Style: ScalarStyle.Plain, Value: { } value } when Literal().IsMatch(value) => value,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: { } value } when Fraction().IsMatch(value) => $"json('{value}')",
        _ => Quoted(node.ToString()),
    };

    public static string Quoted(string text) => $"'{Special().Replace(text, "\\$0")}'";

    [GeneratedRegex(@"^(true|false|-?\d+)$")]
    private static partial Regex Literal();

    [GeneratedRegex(@"^-?\d+\.\d+$")]
    private static partial Regex Fraction();

    [GeneratedRegex(@"[\\']|\$(?=\{)")]
    private static partial Regex Special();
}
