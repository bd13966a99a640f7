using System.Text.RegularExpressions;

namespace UserCache.Tests.Deployment;

/// <summary>
/// Text of a plan. What is known only when its resource is there is made up: it could be a host, and says whose and what it is.
/// </summary>
internal static partial class Expression
{
    /// <summary>What is in the place of a resource's property.</summary>
    public static string MadeUp(string resource, string property) => $"{resource.Split('/')[^1]}.{property}.example.com";

    /// <exception cref="FormatException">There is more in it than text, properties, parameters and what is made of them.</exception>
    public static string Evaluate(string text)
    {
        if (!text.StartsWith('['))
        {
            return text;
        }

        var rest = Property().Replace(text[1..^1], found => $"'{MadeUp(found.Groups["id"].Value, found.Groups["property"].Value)}'");
        rest = Parameter().Replace(rest, found => $"'{MadeUp("parameters", found.Groups["name"].Value)}'");
        for (var before = ""; before != rest;)
        {
            before = rest;
            rest = Format().Replace(rest, found => $"'{Fill(found.Groups["format"].Value, found.Groups["value"].Captures)}'");
        }

        return Text().IsMatch(rest) ? rest.Trim('\'') : throw new FormatException($"\"{text}\" is not understood: \"{rest}\" is left.");
    }

    private static string Fill(string format, CaptureCollection values) =>
        string.Format(CultureInfo.InvariantCulture, format, [.. values.Select(value => value.Value)]);

    // Such as reference('/subscriptions/…', '2025-07-01').hostName.
    [GeneratedRegex(@"\w+\('(?<id>[^']+)', '[^']+'\)\.(?<property>\w+)")]
    private static partial Regex Property();

    [GeneratedRegex(@"parameters\('(?<name>\w+)'\)")]
    private static partial Regex Parameter();

    // The innermost one.
    [GeneratedRegex(@"format\('(?<format>[^']*)'(, ('(?<value>[^']*)'|(?<value>\d+)))*\)")]
    private static partial Regex Format();

    [GeneratedRegex("^'[^']*'$")]
    private static partial Regex Text();
}
