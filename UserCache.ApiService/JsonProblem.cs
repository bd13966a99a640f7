using System.Text.Json;
using System.Text.RegularExpressions;

namespace UserCache.ApiService;

/// <summary>What is wrong with a body that is no JSON, or not that of the call.</summary>
internal static partial class JsonProblem
{
    public static string Explain(JsonException failure)
    {
        // Only the message has the name; the rest of it is about the service's own types.
        if (Unknown().Match(failure.Message) is { Success: true } unknown)
        {
            return $"The body has a member \"{unknown.Groups[1].Value}\", which this call does not know.";
        }

        return Duplicate().Match(failure.Message) is { Success: true } duplicate
            ? $"The body has the member \"{duplicate.Groups[1].Value}\" more than once."
            : $"The body could not be read as JSON for this call, at {failure.Path ?? "$"}, "
                + $"line {failure.LineNumber + 1}, byte {failure.BytePositionInLine + 1}.";
    }

    [GeneratedRegex("^The JSON property '(.*)' could not be mapped", RegexOptions.Singleline)]
    private static partial Regex Unknown();

    [GeneratedRegex("^Duplicate property '(.*)' encountered", RegexOptions.Singleline)]
    private static partial Regex Duplicate();
}
