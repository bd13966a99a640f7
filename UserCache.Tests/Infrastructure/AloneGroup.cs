namespace UserCache.Tests.Infrastructure;

/// <summary>Runs while no other test does: it measures, or needs the whole machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneGroup
{
    public const string Name = "alone";
}
