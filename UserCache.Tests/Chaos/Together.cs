namespace UserCache.Tests.Chaos;

/// <summary>What is known of one row because someone has seen another that was changed in the same transaction.</summary>
internal sealed class Together
{
    private readonly ILookup<int, Operation> _sights;

    public Together(History history)
    {
        var pairs = history.Pairs ?? [];
        var rows = pairs.SelectMany(pair => new[] { pair.One.Key, pair.Other.Key }).ToHashSet();
        var seen = history.Operations.Where(operation => operation.IsRead && operation.IsAnswered && rows.Contains(operation.Key))
            .GroupBy(operation => operation.Key).ToDictionary(reads => reads.Key, reads => new KnownVersions(reads));
        _sights = pairs.SelectMany(pair => new[] { (pair.One, pair.Other), (One: pair.Other, Other: pair.One) })
            .Select(pair => (Sight: pair.One, Since: seen.GetValueOrDefault(pair.Other.Key)?.EarliestAbove(pair.Other.Version - 1)))
            .Where(pair => pair.Since is not null)
            .ToLookup(pair => pair.Sight.Key, pair => pair.Sight with { Kind = OperationKind.Read, End = pair.Since!.Value });
    }

    /// <summary>As if who has seen the other row had read this one, too.</summary>
    public IEnumerable<Operation> SightsOf(int row) => _sights[row];
}
