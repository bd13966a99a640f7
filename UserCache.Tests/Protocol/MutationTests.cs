namespace UserCache.Tests.Protocol;

/// <summary>Each rule of the protocol is needed: without its line, the model's check finds a counterexample.</summary>
public sealed class MutationTests
{
    private const string NeverStale = "never_below_the_floor";

    /// <summary>Rule, and an instance in which it is needed.</summary>
    public static TheoryData<string, string> Rules { get; } = new()
    {
        { "acquire-asks-for-writers", "JOINERS" },
        { "refresh-asks-for-writers", "JOINERS" },
        { "fill-asks-for-the-lease", "JOINERS" },
        { "joiner-arrived-before-as-of", "JOINERS" },
        { "begin-write-deletes-the-value", "JOINERS" },
        { "begin-write-deletes-the-lease", "JOINERS" },
        { "begin-write-registers", "JOINERS" },
        { "invalidate-older-raises-the-floor", "OUTSIDERS" },
        { "fill-asks-for-the-floor", "OUTSIDERS" },
        { "invalidate-older-deletes-the-value", "OUTSIDERS" },
        { "relay-invalidates", "OUTSIDERS" },
        { "end-write-deletes-the-value", "FAILOVER" },
        { "end-write-deletes-the-lease", "FAILOVER" },
        { "gate-replays", "FAILOVER" },
        { "gate-waits-for-forgotten-writers", "FAILOVER" },
        { "hit-needs-a-gate-that-stayed-open", "FAILOVER" },
        { "value-needs-a-gate-that-stayed-open", "FAILOVER" },
        { "fill-needs-a-gate-that-stayed-open", "FAILOVER" },
        { "mark-shuts-the-gate", "PROXY" },
        { "begin-write-publishes", "NEAR" },
        { "end-write-publishes", "NEAR" },
        { "invalidate-older-publishes", "NEAR" },
        { "near-listens-before-it-asks", "NEAR" },
        { "near-keeps-what-is-still-so", "NEAR" },
        { "near-forgets-what-it-hears", "NEAR" },
        { "near-forgets-with-its-connection", "NEAR" },
        { "near-forgets-when-its-own-write-begins", "NEAR" },
        { "near-forgets-when-its-own-write-ends", "NEAR" },
        { "commit-waits-for-each-begin-write", "PAIR" },
        { "answer-waits-for-each-end-write", "PAIR" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task Without_the_rule_a_read_returns_less_than_it_may(string rule, string instance)
    {
        var check = await ModelCheck.RunAsync(instance, rule);

        Assert.True(check.Violated == NeverStale, check.Output);
    }

    /// <summary>Reads of a row don't raise its own floor here: what a read is below, a read of the other row has shown.</summary>
    [Fact]
    public async Task Without_begin_writes_before_the_commit_one_row_is_read_as_written_and_later_the_other_as_before()
    {
        var check = await ModelCheck.RunAsync("PAIR", "commit-waits-for-each-begin-write", "assert-own-key");

        Assert.True(check.Violated == NeverStale, check.Output);
    }

    [Fact]
    public void Each_rule_of_the_model_is_left_out_somewhere() => Assert.Equal(
        ModelCheck.Rules().Where(rule => !rule.StartsWith("assert-", StringComparison.Ordinal)).Order(),
        Rules.Concat(ModelTests.Rules).Select(row => (string)row[0]).Distinct().Order());
}
