namespace UserCache.Tests.Protocol;

/// <summary>The protocol keeps its promises on every path of the model (docs/protocol/model.md).</summary>
public sealed class ModelTests
{
    /// <summary>The assertion of one property, left out where the other is to be seen failing: it would mostly fail first.</summary>
    public const string AssertionOfNeverStale = "assert-floor";
    private const string NeverStuck = "right_when_quiet";

    /// <summary>Rule, and an instance in which it is needed lest a wrong value stay.</summary>
    public static TheoryData<string, string> Rules { get; } = new()
    {
        { "fill-asks-for-the-lease", "OUTSIDERS" },
        { "relay-invalidates", "OUTSIDERS" },
        { "gate-replays", "FAILOVER" },
        { "outbox-has-each-row", "PAIR" },
    };

    [Fact]
    public async Task Model_keeps_its_properties_on_every_path_and_reaches_each_of_its_statements()
    {
        var unreached = new List<IReadOnlySet<string>>();
        foreach (var instance in (string[])["JOINERS", "OUTSIDERS", "FAILOVER", "PROXY", "NEAR"])
        {
            unreached.Add((await PassAsync(instance)).Unreached);
        }

        // Each instance leaves something out; what all of them leave out could as well not be in the model.
        Assert.Empty(unreached.Aggregate<IEnumerable<string>>((all, one) => all.Intersect(one)));
    }

    [Fact]
    public async Task Model_of_transactions_over_two_rows_keeps_them_too() => Assert.Empty((await PassAsync("PAIR")).Unreached);

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task Without_the_rule_a_wrong_value_stays(string rule, string instance)
    {
        var check = await ModelCheck.RunAsync(instance, rule, AssertionOfNeverStale);

        Assert.True(check.Violated == NeverStuck, check.Output);
    }

    private static async Task<ModelCheck> PassAsync(string instance)
    {
        var check = await ModelCheck.RunAsync(instance);

        Assert.True(check is { Errors: 0, Violated: null, IsComplete: true }, $"{instance}:\n{check.Output}");
        return check;
    }
}
