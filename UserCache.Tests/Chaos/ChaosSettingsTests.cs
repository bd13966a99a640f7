namespace UserCache.Tests.Chaos;

/// <summary>What the environment may ask of a run.</summary>
public sealed class ChaosSettingsTests
{
    [Fact]
    public void Run_without_settings_is_short_and_one_with_settings_is_as_they_say()
    {
        Assert.InRange(ChaosSettings.Parse(null, "").Duration, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60));
        Assert.Equal(new ChaosSettings(TimeSpan.FromSeconds(90), 7), ChaosSettings.Parse("1.5", "7"));
    }

    [Theory]
    [InlineData("0", null, "CHAOS_MINUTES")]
    [InlineData("-1", null, "CHAOS_MINUTES")]
    [InlineData("10000", null, "CHAOS_MINUTES")]
    [InlineData("soon", null, "CHAOS_MINUTES")]
    [InlineData(null, "1.5", "CHAOS_SEED")]
    [InlineData(null, "2147483648", "CHAOS_SEED")]
    public void Setting_that_cannot_be_read_is_refused_with_one_sentence_that_names_it(string? minutes, string? seed, string name)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => ChaosSettings.Parse(minutes, seed));

        Assert.Matches($"^{name} is a [^\\n]*, not \"{minutes ?? seed}\"\\.$", refused.Message);
    }
}
