using UserCache.Tests.Infrastructure;

namespace UserCache.Tests.Caching;

/// <summary>Writers that die, or do not know what became of their write.</summary>
[Collection(AppGroup.Name)]
public sealed class WriterCrashTests(App app)
{
    // As it goes over the wire, with its end: "READ COMMITTED" is another matter.
    private const string Commit = "COMMIT\0";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Writer_killed_between_begin_write_and_commit_blocks_filling_until_its_deadline_and_no_longer()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2);
        var reader = fleet.Replicas[1].Users;
        var id = await reader.CreateAsync("before");
        await reader.GetAsync(id);

        await KillWriterAsync(fleet, id, Direction.ToServer);

        // Not committed; but who could know? So nobody fills, and everybody reads the database.
        Assert.Equal(("before", "UserCache; fwd=uri-miss"), UsernameAndStatus(await reader.GetAsync(id)));
        var filled = await Eventually.GetAsync(() => reader.GetAsync(id), answer => answer.CacheStatus.EndsWith("stored", StringComparison.Ordinal), Patience);
        Assert.Equal("before", filled.Username);
        Assert.Equal(("before", true), ((await reader.GetAsync(id)).Username, await fleet.Cache.KeyExistsAsync($"USER::{id}")));
    }

    [Fact]
    public async Task Writer_killed_between_commit_and_end_write_leaves_no_old_value()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2);
        var reader = fleet.Replicas[1].Users;
        var id = await reader.CreateAsync("before");
        await reader.GetAsync(id);

        await KillWriterAsync(fleet, id, Direction.ToClient);

        Assert.Equal(("after", "UserCache; fwd=uri-miss"), UsernameAndStatus(await reader.GetAsync(id)));
        var filled = await Eventually.GetAsync(() => reader.GetAsync(id), answer => answer.CacheStatus.EndsWith("stored", StringComparison.Ordinal), Patience);
        Assert.Equal("after", filled.Username);
    }

    [Fact]
    public async Task While_a_writer_is_between_begin_and_commit_readers_see_the_old_row_and_fill_nothing()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2, ("Cache:WriterDeadline", "00:00:30"));
        var reader = fleet.Replicas[1].Users;
        var id = await reader.CreateAsync("before");
        await reader.GetAsync(id);

        var committing = fleet.Replicas[0].ToDatabase.HoldFrom(Direction.ToServer, Commit);
        var write = fleet.Replicas[0].Users.PutAsync(id, new { username = "after" });
        await committing;
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => reader.GetAsync(id)));
        Assert.All(answers, answer => Assert.Equal("before", answer.Username));
        Assert.False(await fleet.Cache.KeyExistsAsync($"USER::{id}"));
        fleet.Replicas[0].ToDatabase.Release();

        Assert.Equal(200, (await write).Status);
        Assert.Equal(("after", "UserCache; fwd=uri-miss; stored"), UsernameAndStatus(await reader.GetAsync(id)));
    }

    [Fact]
    public async Task Commit_in_doubt_is_answered_503_and_leaves_no_old_value()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 2);
        var reader = fleet.Replicas[1].Users;
        var id = await reader.CreateAsync("before");
        await reader.GetAsync(id);

        var committed = fleet.Replicas[0].ToDatabase.HoldFrom(Direction.ToClient, Commit);
        var write = fleet.Replicas[0].Users.PutAsync(id, new { username = "after" });
        await committed;

        (await write).ShouldBeProblem(503, "whether the change was made is not known");
        Assert.Equal("after", (await reader.GetAsync(id)).Username);
        var filled = await Eventually.GetAsync(() => reader.GetAsync(id), answer => answer.CacheStatus.EndsWith("stored", StringComparison.Ordinal), Patience);
        Assert.Equal("after", filled.Username);
        fleet.Replicas[0].ToDatabase.Release();
    }

    private static async Task KillWriterAsync(Fleet fleet, long id, Direction direction)
    {
        var committing = fleet.Replicas[0].ToDatabase.HoldFrom(direction, Commit);
        var write = fleet.Replicas[0].Users.PutAsync(id, new { username = "after" });
        await committing;
        Assert.Equal(1, await fleet.Cache.SortedSetLengthAsync($"{{USER::{id}}}:writers"));
        await fleet.Replicas[0].Api.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => write);
        // What the proxy holds dies with the connection.
        fleet.Replicas[0].ToDatabase.Cut();
    }

    private static (string? Username, string Status) UsernameAndStatus(Answer answer) => (answer.Username, answer.CacheStatus);
}
