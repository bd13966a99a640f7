using Xunit.Abstractions;

namespace UserCache.Tests.Chaos;

/// <summary>
/// Everything at once: readers and writers on three replicas while servers are killed, paused, filled up, cut off and failed over. Each
/// operation is written down, and the promises are checked against the whole history. CHAOS_MINUTES=20 goes on for longer.
/// </summary>
[Collection(AloneGroup.Name)]
[Trait("Run", "chaos")]
public sealed class ChaosTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Histories_under_faults_break_no_promise()
    {
        var run = new ChaosRun(ChaosSettings.FromEnvironment(), output.WriteLine);

        // On the pool: the test framework would let no more of the clients run at once than there are processors.
        var result = await Task.Run(run.RunAsync);

        output.WriteLine(new Report(result).Write());
        Assert.True(result.IsGood, $"The report says what is wrong. To repeat the run: {result.Settings.Command}");
    }
}
