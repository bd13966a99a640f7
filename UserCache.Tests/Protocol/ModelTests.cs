namespace UserCache.Tests.Protocol;

/// <summary>The protocol keeps its promises on every path of the model (docs/protocol/model.md).</summary>
public sealed class ModelTests
{
    /// <summary>The assertion of one property, left out where the other is to be seen failing: it would mostly fail first.</summary>
    public const string AssertionOfNeverStale = "assert-floor";
    private const string NeverStuck = "right_when_quiet";

    [Fact]
    public async Task Model_keeps_its_properties_on_every_path_and_reaches_each_of_its_statements()
    {
        var unreached = new List<IReadOnlySet<string>>();
        foreach (var instance in (string[])["JOINERS", "OUTSIDERS", "FAILOVER", "PROXY", "NEAR"])
        {
            var check = await ModelCheck.RunAsync(instance);

            Assert.True(check is { Errors: 0, Violated: null, IsComplete: true }, $"{instance}:\n{check.Output}");
            unreached.Add(check.Unreached);
        }

        // Each instance leaves something out; what all of them leave out could as well not be in the model.
        Assert.Empty(unreached.Aggregate<IEnumerable<string>>((all, one) => all.Intersect(one)));
    }

    [Theory]
    [InlineData("fill-asks-for-the-lease", "OUTSIDERS")]
    [InlineData("relay-invalidates", "OUTSIDERS")]
    [InlineData("gate-replays", "FAILOVER")]
    public async Task Without_the_rule_a_wrong_value_stays(string rule, string instance)
    {
        var check = await ModelCheck.RunAsync(instance, rule, AssertionOfNeverStale);

        Assert.True(check.Violated == NeverStuck, check.Output);
    }
}
