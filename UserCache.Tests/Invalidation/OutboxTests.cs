namespace UserCache.Tests.Invalidation;

/// <summary>What becomes of the outbox's rows.</summary>
[Collection(RecoveryGroup.Name)]
public sealed class OutboxTests(App app)
{
    [Fact]
    public async Task Bulk_update_is_relayed_in_batches()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, ("Invalidation:BatchSize", "10"));
        var ids = await fleet.AddUsersAsync(100);
        await Task.WhenAll(ids.Select(id => fleet.Replicas[0].Users.GetAsync(id)));

        await fleet.Database.ExecuteAsync("UPDATE users SET email = 'all@example.com'");

        await fleet.RelayedAsync();
        Assert.All(
            await Task.WhenAll(ids.Select(id => fleet.Replicas[0].Users.GetAsync(id))),
            answer => Assert.Equal("\"2\"", answer.ETag));
    }

    [Fact]
    public async Task Relayed_rows_are_purged_when_the_replay_window_is_over_and_not_before()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, [.. App.Hurried, ("Invalidation:ReplayWindow", "00:00:04")]);
        var changed = Stopwatch.GetTimestamp();
        await fleet.AddUsersAsync(10);

        await Eventually.GetAsync(() => fleet.Database.ScalarAsync<long>("SELECT count(*) FROM cache_invalidations"), rows => rows == 0);

        Assert.InRange(Stopwatch.GetElapsedTime(changed), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(20));
    }
}
