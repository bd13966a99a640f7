namespace UserCache.Tests.Infrastructure;

/// <summary>A COMMIT that never comes to PostgreSQL.</summary>
public static class HungCommit
{
    /// <summary>Asserts that its writer is told so, and that PostgreSQL ends its transaction.</summary>
    /// <param name="app">Has the PostgreSQL.</param>
    /// <param name="api">A replica that reaches it by the proxy.</param>
    /// <param name="toDatabase">The proxy.</param>
    public static async Task AssertIsEndedAsync(App app, ApiHost api, TcpProxy toDatabase)
    {
        var id = await app.Users.CreateAsync();
        var before = Ended();

        var committing = toDatabase.HoldFrom(Direction.ToServer, Replica.Commit);
        var write = api.Users.PutAsync(id, new { username = UsersClient.NewName() });
        await committing;

        (await write).ShouldBeProblem(503, "whether the change was made is not known");
        await Eventually.GetAsync(() => Task.FromResult(Ended()), count => count > before);

        int Ended() => app.Postgres.Output.Count(
            line => line.Contains("terminating connection due to idle-in-transaction timeout", StringComparison.Ordinal));
    }
}
