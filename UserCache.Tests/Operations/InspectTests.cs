namespace UserCache.Tests.Operations;

/// <summary>What an operator is told of one user's entry.</summary>
[Collection(OperationsGroup.Name)]
public sealed class InspectTests(App app)
{
    [Fact]
    public async Task Inspection_tells_what_a_read_would_give_and_whether_it_agrees_with_the_row()
    {
        var (users, management, cache) = (app.Users, app.Management, app.Cache);
        var id = await users.CreateAsync();

        var nothing = await management.InspectAsync(id);
        Assert.Equal(
            (false, "miss", JsonValueKind.Null),
            (nothing.GetProperty("present").GetBoolean(), Outcome(nothing), nothing.GetProperty("agrees").ValueKind));

        await users.GetAsync(id);
        var hit = await management.InspectAsync(id);
        Assert.Equal(
            (true, "hit", 1, true),
            (hit.GetProperty("present").GetBoolean(), Outcome(hit), hit.GetProperty("version").GetInt64(),
                hit.GetProperty("agrees").GetBoolean()));
        Assert.Equal(1, hit.GetProperty("row").GetProperty("version").GetInt64());
        Assert.Equal(await cache.StringLengthAsync($"USER::{id}"), hit.GetProperty("bytes").GetInt64());
        Assert.InRange(hit.GetProperty("ageSeconds").GetDouble(), 0, 30);
        Assert.InRange(hit.GetProperty("softTtlSeconds").GetDouble(), 240, 330);
        Assert.InRange(hit.GetProperty("hardTtlSeconds").GetDouble(), 3_570, 3_600);

        await cache.StringSetAsync($"USER::{id}", Planted.Entry($"USER::{id}", version: 7, "{\"planted\":true}"));
        var stale = await management.InspectAsync(id);
        Assert.Equal(
            ("stale", 7, false),
            (Outcome(stale), stale.GetProperty("version").GetInt64(), stale.GetProperty("agrees").GetBoolean()));
        Assert.Equal("{\"planted\":true}", stale.GetProperty("cached").GetString());
        Assert.True(stale.GetProperty("softTtlSeconds").GetDouble() < 0);

        await users.GetAsync(id + 500_000);
        var negative = await management.InspectAsync(id + 500_000);
        Assert.Equal(
            ("negative", false, true),
            (Outcome(negative), negative.GetProperty("row").GetProperty("exists").GetBoolean(),
                negative.GetProperty("agrees").GetBoolean()));
    }

    [Fact]
    public async Task Inspection_shows_the_lease_of_a_read_under_way_and_a_writer_between_begin_and_commit()
    {
        await using var fleet = await Fleet.StartAsync(
            app, replicas: 1, ("Cache:LoadTimeout", "00:00:20"), ("Cache:WriterDeadline", "00:00:10"));
        var (replica, management) = (fleet.Replicas[0], fleet.Management);
        var id = await fleet.AddUserAsync("reading");

        var read = await replica.StartHeldReadAsync(id, "reading");
        var lease = (await management.InspectAsync(id)).GetProperty("lease");
        Assert.Equal(32, lease.GetProperty("token").GetString()!.Length);
        Assert.InRange(lease.GetProperty("ttlSeconds").GetDouble(), 0, 20);
        replica.ToDatabase.Release();
        await read;
        Assert.Equal(JsonValueKind.Null, (await management.InspectAsync(id)).GetProperty("lease").ValueKind);

        var write = await replica.StartHeldWriteAsync(id, "written");
        var writers = (await management.InspectAsync(id)).GetProperty("writers");
        Assert.Equal(1, writers.GetArrayLength());
        Assert.InRange(writers[0].GetDouble(), 0, 10);
        replica.ToDatabase.Release();
        await write;
        Assert.Equal(0, (await management.InspectAsync(id)).GetProperty("writers").GetArrayLength());
    }

    [Theory]
    [InlineData("list", "list")]
    [InlineData("nonsense", null)]
    public async Task What_the_cache_did_not_write_is_told_and_can_be_evicted(string kind, string? type)
    {
        // Of nobody: the relay would remove what stands in a real user's place.
        var id = Random.Shared.NextInt64(1_000_000_000, long.MaxValue);
        await (kind == "list" ? app.Cache.ListLeftPushAsync($"USER::{id}", "item") : (Task)app.Cache.StringSetAsync($"USER::{id}", kind));

        var inspection = await app.Management.InspectAsync(id);
        Assert.Equal(
            (false, "miss", type),
            (inspection.GetProperty("present").GetBoolean(), Outcome(inspection), inspection.GetProperty("type").GetString()));
        Assert.Equal(1, (await app.Management.CallAsync(HttpMethod.Delete, $"/cache/users/{id}")).GetProperty("removed").GetInt64());
        Assert.Equal(0, (await app.Management.CallAsync(HttpMethod.Delete, $"/cache/users/{id}")).GetProperty("removed").GetInt64());
    }

    [Fact]
    public async Task What_another_hand_has_made_of_all_three_keys_is_told_and_is_gone_after_an_eviction()
    {
        const long Ages = 9_000_000_000_000_000_000;
        var key = $"USER::{Random.Shared.NextInt64(1_000_000_000, long.MaxValue)}";
        var (lease, writers) = ($"{{{key}}}:lease", $"{{{key}}}:writers");
        await app.Cache.StringSetAsync(key, Planted.Entry(key, version: 7, "{\"planted\":true}"));
        await app.Cache.HashSetAsync(lease, [new("token", "planted"), new("floor", "abc")]);
        await app.Cache.SortedSetAddAsync(writers, "planted", double.PositiveInfinity);
        await app.Cache.ExecuteAsync("PEXPIRE", key, Ages);
        await app.Cache.ExecuteAsync("PEXPIRE", lease, Ages);

        var inspection = await app.Management.InspectAsync(long.Parse(key[6..], CultureInfo.InvariantCulture));
        Assert.Equal(("stale", 7), (Outcome(inspection), inspection.GetProperty("version").GetInt64()));
        Assert.True(inspection.GetProperty("hardTtlSeconds").GetDouble() > 1e9);
        Assert.Equal(JsonValueKind.Null, inspection.GetProperty("ageSeconds").ValueKind);
        Assert.Equal("planted", inspection.GetProperty("lease").GetProperty("token").GetString());
        Assert.Equal(1, inspection.GetProperty("writers").GetArrayLength());

        await app.Management.CallAsync(HttpMethod.Delete, $"/cache/users/{key[6..]}");
        Assert.Equal(0, await app.Cache.KeyExistsAsync([key, lease, writers]));
    }

    [Fact]
    public async Task Value_that_is_too_large_is_told_by_its_size_alone()
    {
        const int Size = 30_000_000;
        var id = Random.Shared.NextInt64(1_000_000_000, long.MaxValue);
        await app.Cache.ExecuteAsync("SETRANGE", $"USER::{id}", Size - 1, "x");

        var inspection = await app.Management.InspectAsync(id);

        Assert.False(inspection.GetProperty("present").GetBoolean());
        Assert.Equal(("miss", Size), (Outcome(inspection), inspection.GetProperty("bytes").GetInt64()));
        await app.Management.CallAsync(HttpMethod.Delete, $"/cache/users/{id}");
    }

    [Fact]
    public async Task Inspection_works_while_the_database_is_away_and_says_503_while_Redis_is()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var id = await fleet.AddUserAsync();
        await fleet.Replicas[0].Users.GetAsync(id);

        fleet.Replicas[0].ToDatabase.Cut();
        var inspection = await fleet.Management.InspectAsync(id);
        Assert.Equal(("hit", JsonValueKind.Null), (Outcome(inspection), inspection.GetProperty("agrees").ValueKind));
        Assert.NotEmpty(inspection.GetProperty("row").GetProperty("problem").GetString()!);

        fleet.Replicas[0].ToRedis.Cut();
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Get, $"/cache/users/{id}"), (HttpMethod.Delete, $"/cache/users/{id}"), (HttpMethod.Delete, "/cache/users"),
        })
        {
            (await fleet.Management.SendAsync(method, path)).ShouldBeProblem(503, "Redis does not carry this out at the moment");
        }
    }

    [Fact]
    public async Task Ids_that_are_none_are_answered_with_the_reason()
    {
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete })
        {
            foreach (var id in new[] { "x", "+1", "%201", "01" })
            {
                (await app.Management.SendAsync(method, $"/cache/users/{id}"))
                    .ShouldBeProblem(400, $"{Uri.UnescapeDataString(id)} is no id of users");
            }
        }
    }

    private static string? Outcome(JsonElement inspection) => inspection.GetProperty("outcome").GetString();
}
