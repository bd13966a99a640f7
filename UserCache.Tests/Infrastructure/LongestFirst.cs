using UserCache.Tests.AppHost;
using UserCache.Tests.Console;
using UserCache.Tests.Protocol;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("UserCache.Tests.Infrastructure.LongestFirst", "UserCache.Tests")]

namespace UserCache.Tests.Infrastructure;

/// <summary>Starts the long lanes first, so that the short ones fill what is left. (Model checks give way to the others.)</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        $"Test collection for {typeof(MutationTests).FullName}", $"Test collection for {typeof(ModelTests).FullName}",
        AppHostTests.Lane, RecoveryGroup.Name, OperationsGroup.Name, DatabaseGroup.Name, OutagesGroup.Name, RollingGroup.Name,
        ConsoleOutagesGroup.Name,
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(lane => Array.IndexOf(Long, lane.DisplayName) is >= 0 and var place ? place : Long.Length);
}
