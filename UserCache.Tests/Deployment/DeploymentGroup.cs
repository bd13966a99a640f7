namespace UserCache.Tests.Deployment;

/// <summary>One compiler for all.</summary>
[CollectionDefinition(Name)]
public sealed class DeploymentGroup : ICollectionFixture<Bicep>
{
    public const string Name = "deployment";
}
