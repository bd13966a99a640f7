namespace UserCache.Tests.Deployment;

/// <summary>What a deployment would make.</summary>
/// <param name="snapshot">The compiler's.</param>
public sealed class Plan(JsonElement snapshot)
{
    private readonly IReadOnlyList<JsonElement> _resources = [.. snapshot.GetProperty("predictedResources").EnumerateArray()];

    /// <summary>What azd takes into its environment.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; } = snapshot.GetProperty("outputs").EnumerateObject()
        .ToDictionary(output => output.Name, output => Expression.Evaluate(output.Value.GetString()!));

    /// <summary>The properties of the one resource of a type.</summary>
    public JsonElement Properties(string type) => Resources(type).Single().GetProperty("properties");

    /// <summary>The own name of the one resource of a type, without those of what it is in.</summary>
    public string Name(string type) => Resources(type).Single().GetProperty("name").GetString()!.Split('/')[^1];

    /// <summary>What the vault has at an address.</summary>
    public string Secret(string address) => Expression.Evaluate(Resources("Microsoft.KeyVault/vaults/secrets")
        .Single(secret => Expression.MadeUp(secret.GetProperty("id").GetString()!, "secretUri") == address)
        .GetProperty("properties").GetProperty("value").GetString()!);

    private IEnumerable<JsonElement> Resources(string type) =>
        _resources.Where(resource => resource.GetProperty("type").GetString() == type);
}
