namespace UserCache.Tests.Caching;

/// <summary>Writers that die, or do not know what became of their write.</summary>
[Collection(RecoveryGroup.Name)]
public sealed class WriterCrashTests(App app)
{
    [Theory]
    // Between begin-write and commit: not committed, but who could know? So nobody fills, and everybody reads the database.
    [InlineData(Direction.ToServer, "before")]
    // Between commit and end-write.
    [InlineData(Direction.ToClient, "after")]
    public async Task Writer_killed_around_its_commit_leaves_no_wrong_value_and_blocks_filling_until_its_deadline_only(
        Direction held, string name)
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2, processes: 1);
        var reader = fleet.Replicas[1].Users;
        var id = await reader.CreateAsync("before");
        await reader.GetAsync(id);

        var write = await fleet.Replicas[0].StartHeldWriteAsync(id, "after", held);
        Assert.Equal(1, await fleet.Cache.SortedSetLengthAsync($"{{USER::{id}}}:writers"));
        await fleet.Replicas[0].Process.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => write);
        // What the proxy holds dies with the connection.
        fleet.Replicas[0].ToDatabase.Cut();

        Assert.Equal((name, "UserCache; fwd=uri-miss"), (await reader.GetAsync(id)).UsernameAndStatus);
        var filled = await Eventually.GetAsync(
            () => reader.GetAsync(id), answer => answer.CacheStatus.EndsWith("stored", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        Assert.Equal(name, filled.Username);
        Assert.Equal((name, true), ((await reader.GetAsync(id)).Username, await fleet.Cache.KeyExistsAsync($"USER::{id}")));
    }

    [Fact]
    public async Task Commit_in_doubt_is_answered_503_and_leaves_no_old_value()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2);
        var reader = fleet.Replicas[1].Users;
        var id = await reader.CreateAsync("before");
        await reader.GetAsync(id);

        var write = await fleet.Replicas[0].StartHeldWriteAsync(id, "after", Direction.ToClient);

        (await write).ShouldBeProblem(503, "whether the change was made is not known");
        Assert.Equal("after", (await reader.GetAsync(id)).Username);
        Assert.Equal("after", (await reader.GetHitAsync(id)).Username);
        fleet.Replicas[0].ToDatabase.Release();
    }

    [Fact]
    public async Task Transaction_that_outlives_its_writer_s_time_is_ended_by_the_database_whatever_options_its_connection_has()
    {
        await using var toDatabase = new TcpProxy(app.Postgres.Port);
        var database = new NpgsqlConnectionStringBuilder(app.Postgres.ConnectionString)
        {
            Port = toDatabase.Port,
            Options = "-c search_path=public",
        };
        await using var api = await App.StartReplicaAsync(app.Redis.ConnectionString, database.ConnectionString);

        await HungCommit.AssertIsEndedAsync(app, api, toDatabase);
    }
}
