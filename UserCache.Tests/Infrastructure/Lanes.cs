using UserCache.Tests.Console;

namespace UserCache.Tests.Infrastructure;

/// <summary>
/// Tests of one lane: they share servers, and run one after the other while other lanes go on. What measures time is in
/// <see cref="TimedGroup"/>.
/// </summary>
[CollectionDefinition(Name)]
public sealed class AppGroup : ICollectionFixture<App>
{
    public const string Name = "app";
}

[CollectionDefinition(Name)]
public sealed class OperationsGroup : ICollectionFixture<App>
{
    public const string Name = "operations";
}

[CollectionDefinition(Name)]
public sealed class DatabaseGroup : ICollectionFixture<App>
{
    public const string Name = "database";
}

[CollectionDefinition(Name)]
public sealed class OutagesGroup : ICollectionFixture<App>
{
    public const string Name = "outages";
}

[CollectionDefinition(Name)]
public sealed class RecoveryGroup : ICollectionFixture<App>
{
    public const string Name = "recovery";
}

[CollectionDefinition(Name)]
public sealed class RollingGroup : ICollectionFixture<App>
{
    public const string Name = "rolling";
}

/// <summary>
/// Runs while no other test does: it measures time, or looks at the spans, which all replicas in this process have in common.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TimedGroup : ICollectionFixture<App>, ICollectionFixture<Browser>
{
    public const string Name = "timed";
}

/// <summary>Runs while no other test does: it measures, or needs the whole machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneGroup
{
    public const string Name = "alone";
}
