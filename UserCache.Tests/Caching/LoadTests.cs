namespace UserCache.Tests.Caching;

/// <summary>Reads of a database that takes its time, as a client sees them.</summary>
[Collection(AppGroup.Name)]
public sealed class LoadTests(App app)
{
    [Fact]
    public async Task Load_that_takes_too_long_is_answered_503_with_when_to_try_again_and_the_key_is_free()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, ("Cache:LoadTimeout", "00:00:02"));
        var id = await fleet.AddUserAsync();

        await using (await fleet.LockUsersAsync())
        {
            var answer = await fleet.Replicas[0].Users.GetAsync(id);
            answer.ShouldBeProblem(503, "The database has not answered within 2 s.");
            Assert.Equal("1", answer.Headers["Retry-After"]);
        }

        Assert.Equal("UserCache; fwd=uri-miss; stored", (await fleet.Replicas[0].Users.GetAsync(id)).CacheStatus);
    }

    [Fact]
    public async Task Load_may_take_as_long_as_its_setting_says()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, ("Cache:LoadTimeout", "00:00:30"));
        var id = await fleet.AddUserAsync();

        Task<Answer> answer;
        await using (await fleet.LockUsersAsync())
        {
            answer = fleet.Replicas[0].Users.GetAsync(id);
            // What is measured here is the time itself: longer than other queries may take.
            await Task.Delay(TimeSpan.FromSeconds(4.5));
        }

        Assert.Equal("UserCache; fwd=uri-miss; stored", (await answer).CacheStatus);
    }

    [Fact]
    public async Task Load_is_given_up_and_the_key_free_when_its_client_has_left()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, App.SlowLoads);
        var id = await fleet.AddUserAsync();
        using var http = new HttpClient { BaseAddress = fleet.Replicas[0].Api.Url };
        using var leaving = new CancellationTokenSource();

        await using (await fleet.LockUsersAsync())
        {
            var read = http.GetAsync($"{UsersClient.Path}/{id}", leaving.Token);
            await Eventually.GetAsync(fleet.DatabaseReadsUnderWayAsync, reads => reads == 1);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
            await Eventually.GetAsync(() => fleet.Cache.KeyExistsAsync($"{{USER::{id}}}:lease"), held => !held);
        }
    }
}
