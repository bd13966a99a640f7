namespace UserCache.Tests.SecondEntity;

/// <summary>A second table behind the cache, beside the users: the same promises, by the code of docs/second-entity.md.</summary>
[Collection(OperationsGroup.Name)]
public sealed class TeamsTests(App app)
{
    [Fact]
    public async Task Team_is_missed_hit_changed_and_read_anew_as_a_user_is()
    {
        await using var teams = await TeamsService.StartAsync(app);
        var id = Guid.NewGuid();
        Assert.Equal((404, "UserCache; fwd=uri-miss; stored"), Of(await teams.GetAsync(id)));
        Assert.Equal((200, "UserCache; fwd=method"), Of(await teams.PutAsync(id, "blue")));
        Assert.Equal((200, "UserCache; fwd=uri-miss; stored"), Of(await teams.GetAsync(id)));

        var hit = await teams.GetAsync(id);
        Assert.True(hit.IsHit);
        Assert.Equal($"{{\"data\":{{\"id\":\"{id}\",\"name\":\"blue\",\"seats\":0,\"version\":1}}}}", hit.Body);
        Assert.True(await teams.Cache.KeyExistsAsync($"TEAM::{id}"));

        Assert.Equal(200, (await teams.PutAsync(id, "green")).Status);
        Assert.Equal("green", (await teams.GetAsync(id)).Data.GetProperty("name").GetString());
    }

    [Fact]
    public async Task Change_by_plain_SQL_is_seen_and_so_is_a_deletion()
    {
        await using var teams = await TeamsService.StartAsync(app);
        var id = Guid.NewGuid();
        await teams.PutAsync(id, "blue");
        await teams.GetAsync(id);

        await teams.Database.ExecuteAsync("UPDATE teams SET name = 'red' WHERE id = $1", id);
        await Eventually.GetAsync(() => teams.GetAsync(id), team => team.Data.GetProperty("name").GetString() == "red");
        Assert.True((await Eventually.GetAsync(() => teams.GetAsync(id), team => team.IsHit)).IsHit);
        await teams.Database.ExecuteAsync("DELETE FROM teams WHERE id = $1", id);
        await Eventually.GetAsync(() => teams.GetAsync(id), team => team.Status == 404);

        Assert.Equal(4, (await teams.PutAsync(id, "again")).Json.GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task Batch_is_answered_from_the_cache_and_with_nothing_for_teams_that_are_not_there()
    {
        await using var teams = await TeamsService.StartAsync(app);
        var (one, two, none) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        await teams.PutAsync(one, "one");
        await teams.PutAsync(two, "two");
        await teams.GetAsync(one);

        var answer = (await teams.Api.Users.GetAsync($"/api/v1/teams?ids={two}&ids={none}&ids={one}")).Json;

        Assert.Equal(3, answer.GetArrayLength());
        Assert.Equal("two", answer[0].GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.Null, answer[1].ValueKind);
        Assert.Equal("one", answer[2].GetProperty("name").GetString());
        Assert.True((await teams.GetAsync(two)).IsHit);
    }

    [Fact]
    public async Task Change_of_two_teams_is_acknowledged_when_both_are_forgotten()
    {
        await using var teams = await TeamsService.StartAsync(app);
        var (from, to) = (Guid.NewGuid(), Guid.NewGuid());
        await teams.PutAsync(from, "from");
        await teams.PutAsync(to, "to");
        await teams.GetAsync(from);
        await teams.GetAsync(to);

        var moved = await teams.Api.Users.SendTextAsync(HttpMethod.Post, $"/api/v1/teams/{from}/seats/{to}", text: null);

        Assert.Equal((200, "UserCache; fwd=method"), Of(moved));
        Assert.Equal((-1, 1), (SeatsOf(await teams.GetAsync(from)), SeatsOf(await teams.GetAsync(to))));
    }

    [Fact]
    public async Task Users_and_teams_are_counted_and_operated_on_apart()
    {
        await using var teams = await TeamsService.StartAsync(app);
        var (id, user) = (Guid.NewGuid(), await teams.Api.Users.CreateAsync());
        await teams.PutAsync(id, "blue");
        await teams.GetAsync(id);
        await teams.Api.Users.GetAsync(user);
        var metrics = await teams.Management.ScrapeUntilAsync(all => all["cache_requests_total", "cache_name", "teams"] > 0);
        Assert.Equal(1, metrics["cache_requests_total", "cache_name", "users"]);

        Assert.Equal("hit", (await teams.Management.CallAsync(HttpMethod.Get, $"/cache/teams/{id}")).GetProperty("outcome").GetString());
        Assert.Equal(1, (await teams.Management.CallAsync(HttpMethod.Delete, "/cache/teams")).GetProperty("removed").GetInt64());
        Assert.False((await teams.GetAsync(id)).IsHit);
        Assert.True((await teams.Api.Users.GetAsync(user)).IsHit);
        (await teams.Management.SendAsync(HttpMethod.Get, $"/cache/teams/{user}")).ShouldBeProblem(400, $"{user} is no id of teams.");
        (await teams.Management.SendAsync(HttpMethod.Get, "/cache/games/1"))
            .ShouldBeProblem(404, "There is no cache games: there is teams, users.");
    }

    [Fact]
    public async Task Replica_that_does_not_know_the_teams_leaves_their_changes_to_one_that_does()
    {
        await using var teams = await TeamsService.StartAsync(app);
        var id = Guid.NewGuid();
        await teams.PutAsync(id, "blue");
        await teams.StopAsync();
        var before = await teams.PendingAsync("teams");
        await using (var older = teams.NewReplica(knowsTeams: false))
        {
            await older.StartAsync();
            await Health.WaitAsync(older.Url, "Healthy");
            await teams.Cache.StringSetAsync($"TEAM::{id}", Planted.Entry($"TEAM::{id}", 1, "{}", TimeSpan.FromMinutes(1)));
            await teams.Database.ExecuteAsync("UPDATE teams SET name = 'red' WHERE id = $1", id);
            var user = await older.Users.CreateAsync();
            await Eventually.GetAsync(() => teams.PendingAsync("users"), pending => pending == 0);
            Assert.True(user > 0);
            Assert.Equal(before + 1, await teams.PendingAsync("teams"));
        }

        await teams.StartAgainAsync();

        Assert.Equal(0, await teams.PendingAsync("teams"));
        Assert.Equal("red", (await teams.GetAsync(id)).Data.GetProperty("name").GetString());
    }

    [Fact]
    public async Task Id_that_is_asked_for_twice_is_answered_and_what_is_no_id_is_refused_or_nobody_s()
    {
        await using var teams = await TeamsService.StartAsync(app);
        var id = Guid.NewGuid();
        await teams.PutAsync(id, "blue");
        var cache = teams.Api.Services.GetRequiredKeyedService<CacheAside>("teams");

        Assert.Equal(1, (await teams.Api.Users.GetAsync($"/api/v1/teams?ids={id}&ids={id}")).Json.GetArrayLength());
        (await teams.Api.Users.GetAsync("/api/v1/teams?ids=blue")).ShouldBeProblem(400, "Failed to bind parameter \"Guid[] ids\"");
        var source = teams.Api.Services.GetRequiredKeyedService<ICacheSource>("teams");
        var rows = await source.LoadAsync([$"{id}", "blue", $"{id}".ToUpperInvariant(), $"{id}"], CancellationToken.None);
        Assert.Equal([1, 0, 0, 1], rows.Select(row => row.Payload.Version));
        Assert.Equal([false, true, true, false], rows.Select(row => row.IsUncacheable));
        Assert.False((await cache.GetAsync("blue", CancellationToken.None)).Payload.Exists);
        Assert.False(await teams.Cache.KeyExistsAsync("TEAM::blue"));
    }

    [Theory]
    [InlineData("cache_version")]
    [InlineData("cache_record")]
    [InlineData("cache_truncate")]
    public async Task Trigger_that_is_disabled_is_told_and_makes_the_replica_degraded_until_it_is_enabled_again(string trigger)
    {
        await using var teams = await TeamsService.StartAsync(app);
        // A table of the same name elsewhere has nothing to do with it.
        await teams.Database.ExecuteAsync(
            """
            CREATE SCHEMA elsewhere CREATE TABLE teams (LIKE public.teams)
            CREATE TRIGGER cache_version BEFORE INSERT ON teams FOR EACH ROW EXECUTE FUNCTION public.teams_cache_version()
            CREATE TRIGGER cache_record AFTER INSERT ON teams FOR EACH ROW EXECUTE FUNCTION public.teams_cache_record('teams')
            CREATE TRIGGER cache_truncate BEFORE TRUNCATE ON teams
                FOR EACH STATEMENT EXECUTE FUNCTION public.teams_cache_truncate('teams')
            """);
        await Health.WaitAsync(teams.Api.Url);

        await teams.Database.ExecuteAsync($"ALTER TABLE teams DISABLE TRIGGER {trigger}");

        await Eventually.LoggedAsync(teams.Api, 314, "teams");
        await Health.WaitAsync(teams.Api.Url, "Degraded");

        await teams.Database.ExecuteAsync($"ALTER TABLE teams ENABLE TRIGGER {trigger}");

        await Health.WaitAsync(teams.Api.Url);
    }

    [Fact]
    public async Task Table_that_was_exchanged_for_one_without_triggers_is_told()
    {
        await using var teams = await TeamsService.StartAsync(app);
        await Health.WaitAsync(teams.Api.Url);

        await teams.Database.ExecuteAsync(
            """
            CREATE TABLE teams_new (LIKE teams INCLUDING ALL);
            ALTER TABLE teams RENAME TO teams_old;
            ALTER TABLE teams_new RENAME TO teams
            """);

        await Eventually.LoggedAsync(teams.Api, 314, "teams");
        await Health.WaitAsync(teams.Api.Url, "Degraded");
    }

    private static (int Status, string CacheStatus) Of(Answer answer) => (answer.Status, answer.CacheStatus);

    private static int SeatsOf(Answer team) => team.Data.GetProperty("seats").GetInt32();
}
