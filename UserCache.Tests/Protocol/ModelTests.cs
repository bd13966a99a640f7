namespace UserCache.Tests.Protocol;

/// <summary>The protocol keeps its promises on every path of the model (docs/protocol/model.md).</summary>
public sealed class ModelTests
{
    [Fact]
    public async Task Model_keeps_its_properties_on_every_path_and_reaches_each_of_its_statements()
    {
        var unreached = new List<IReadOnlySet<string>>();
        foreach (var instance in (string[])["JOINERS", "OUTSIDERS", "FAILOVER"])
        {
            var check = await ModelCheck.RunAsync(instance);

            Assert.True(check is { Errors: 0, Violated: null, IsComplete: true }, $"{instance}:\n{check.Output}");
            unreached.Add(check.Unreached);
        }

        // Each instance leaves something out; what all of them leave out could as well not be in the model.
        Assert.Empty(unreached.Aggregate<IEnumerable<string>>((all, one) => all.Intersect(one)));
    }
}
