using UserCache.Tests.Console;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("UserCache.Tests.Infrastructure.LongestFirst", "UserCache.Tests")]

namespace UserCache.Tests.Infrastructure;

/// <summary>Starts the long lanes first, so that the short ones and the model checks fill what is left.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [RecoveryGroup.Name, ConsoleOutagesGroup.Name, AppGroup.Name, OutagesGroup.Name, OperationsGroup.Name];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(lane => Array.IndexOf(Long, lane.DisplayName) is >= 0 and var place ? place : Long.Length);
}
