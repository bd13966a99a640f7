namespace UserCache.Tests.Console;

/// <summary>A replica with a console, for the tests of one class, which break nothing.</summary>
public sealed class ConsoleReplica(App app) : IAsyncLifetime
{
    /// <summary>Nobody is there; it is linked to only.</summary>
    public const string Dashboard = "http://dashboard.test:15000";

    public static readonly (string Key, string Value) Enabled = ("Console:Enabled", "true");

    public Fleet Fleet { get; private set; } = null!;

    public Uri Url => Fleet.Replicas[0].Url;

    public UsersClient Users => Fleet.Replicas[0].Users;

    public async Task InitializeAsync() =>
        Fleet = await Fleet.StartAsync(app, replicas: 1, [Enabled, ("Console:DashboardUrl", $"{Dashboard}/")]);

    public async Task DisposeAsync() => await (Fleet?.DisposeAsync() ?? ValueTask.CompletedTask);
}

/// <summary>The console's tests: a lane with one browser.</summary>
[CollectionDefinition(Name)]
public sealed class ConsoleGroup : ICollectionFixture<App>, ICollectionFixture<Browser>
{
    public const string Name = "console";
}

/// <summary>The console's tests that wait for outages: another lane.</summary>
[CollectionDefinition(Name)]
public sealed class ConsoleOutagesGroup : ICollectionFixture<App>, ICollectionFixture<Browser>
{
    public const string Name = "console outages";
}
