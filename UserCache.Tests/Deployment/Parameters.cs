using System.Text.RegularExpressions;

namespace UserCache.Tests.Deployment;

/// <summary>main.parameters.json, in which azd fills in what its environment has.</summary>
internal static partial class Parameters
{
    /// <summary>The variables that it names.</summary>
    public static IReadOnlySet<string> Variables(string json) =>
        Variable().Matches(json).Select(variable => variable.Groups["name"].Value).ToHashSet();

    /// <summary>
    /// Fills it in. As azd does, it leaves a parameter out that would be empty for want of a variable: the template's own default counts
    /// then, or azd asks.
    /// </summary>
    /// <returns>The parameters in the compiler's language.</returns>
    public static string FillIn(string json, IReadOnlyDictionary<string, string> environment) => string.Concat(
        JsonDocument.Parse(json).RootElement.GetProperty("parameters").EnumerateObject()
            .Select(parameter => (parameter.Name, Value: FillInValue(parameter.Value.GetProperty("value").GetString()!, environment)))
            .Where(parameter => parameter.Value.Length > 0)
            .Select(parameter => $"param {parameter.Name} = {Literal(parameter.Value)}\n")
            .Prepend("using 'main.bicep'\n"));

    private static string FillInValue(string value, IReadOnlyDictionary<string, string> environment) => Variable().Replace(
        value, variable => environment.GetValueOrDefault(variable.Groups["name"].Value, variable.Groups["default"].Value));

    private static string Literal(string value) => value is "true" or "false" ? value : BicepText.Quoted(value);

    [GeneratedRegex(@"\$\{(?<name>\w+)(=(?<default>[^}]*))?\}")]
    private static partial Regex Variable();
}
