namespace UserCache.Tests.Rolling;

/// <summary>How a replica ends.</summary>
[Collection(RollingGroup.Name)]
public sealed class DrainingTests(App app)
{
    [Fact]
    public async Task Replica_that_is_told_to_end_says_that_it_is_not_ready_and_serves_until_its_time_is_over()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, processes: 1, ("Shutdown:Drain", "00:00:03"));
        var replica = fleet.Replicas[0];
        var id = await fleet.AddUserAsync();

        var ends = replica.Process.StopAsync();
        await Eventually.GetAsync(() => replica.Users.GetAsync("/health"), answer => answer.StatusAndBody == (503, "Unhealthy"));

        Assert.Equal(200, (await replica.Users.GetAsync(id)).Status);
        Assert.Equal(200, (await replica.Users.GetAsync("/alive")).Status);
        Assert.Equal(200, (await replica.Users.PutAsync(id, new { username = UsersClient.NewName() })).Status);
        Assert.False(ends.IsCompleted);
        await ends;
        Assert.Equal(0, await replica.Process.Exited);
    }

    [Fact]
    public async Task Call_that_is_under_way_when_the_time_is_over_is_answered()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, processes: 1, App.SlowLoads);
        var replica = fleet.Replicas[0];
        var name = UsersClient.NewName();
        var read = await replica.StartHeldReadAsync(await fleet.AddUserAsync(name), name);

        var ends = replica.Process.StopAsync();
        await Eventually.GetAsync(() => IsRefusedAsync(replica.Url), isRefused => isRefused);
        replica.ToDatabase.Release();

        Assert.Equal(200, (await read).Status);
        await ends;
        Assert.Equal(0, await replica.Process.Exited);
    }

    private static async Task<bool> IsRefusedAsync(Uri replica)
    {
        using var http = new HttpClient();
        try
        {
            using var answer = await http.GetAsync(new Uri(replica, "/alive"));
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }
}
