namespace UserCache.Tests.Caching;

/// <summary>What a client is told and sent of what is stored.</summary>
[Collection(AppGroup.Name)]
public sealed class CacheStatusTests(App app)
{
    [Fact]
    public async Task First_read_is_a_miss_that_stores_the_json_it_answers_and_the_second_a_hit_with_the_same_bytes()
    {
        // Characters that JSON escapes, and some that take several bytes.
        var id = await app.Users.CreateAsync($"\"<é\\😀 {Guid.NewGuid():N}");

        var miss = await app.Users.GetAsync(id);
        var hit = await app.Users.GetAsync(id);

        Assert.Equal("UserCache; fwd=uri-miss; stored", miss.CacheStatus);
        Assert.Equal(miss.Body, $"{{\"data\":{(await app.Cache.StringGetAsync($"USER::{id}")).ToString().Split('\n')[1]}}}");
        Assert.Matches("^UserCache; hit; ttl=[0-9]+$", hit.CacheStatus);
        Assert.Equal((miss.Body, miss.ETag), (hit.Body, hit.ETag));
    }

    [Fact]
    public async Task Hit_answers_the_stored_bytes_and_version_without_reading_the_database()
    {
        var id = await app.Users.CreateAsync();
        var key = $"USER::{id}";
        await app.Cache.StringSetAsync(key, Planted.Entry(key, version: 9, "{\"planted\":true}", freshFor: TimeSpan.FromMinutes(1)));

        var answer = await app.Users.GetAsync(id);

        Assert.Equal(("{\"data\":{\"planted\":true}}", "\"9\""), (answer.Body, answer.ETag));
    }

    [Fact]
    public async Task Hit_past_its_soft_expiry_says_by_how_much()
    {
        var (known, unknown) = (await app.Users.CreateAsync(), await app.Users.CreateAsync() + 700_000);
        var overdue = TimeSpan.FromSeconds(-500);
        await app.Cache.StringSetAsync($"USER::{known}", Planted.Entry($"USER::{known}", version: 1, "{\"planted\":true}", overdue));
        await app.Cache.StringSetAsync($"USER::{unknown}", Planted.Entry($"USER::{unknown}", version: 0, "", overdue));

        Assert.Matches("^UserCache; hit; ttl=-5[0-9]{2}$", (await app.Users.GetAsync(known)).CacheStatus);
        Assert.Matches("^UserCache; hit; ttl=-5[0-9]{2}; detail=negative$", (await app.Users.GetAsync(unknown)).CacheStatus);
    }

    [Fact]
    public async Task Unknown_user_is_404_from_the_database_and_then_from_the_cache()
    {
        const long Id = 900_000_001;
        await app.Cache.KeyDeleteAsync($"USER::{Id}");

        var miss = await app.Users.GetAsync(Id);
        var hit = await app.Users.GetAsync(Id);

        Assert.Equal((404, "UserCache; fwd=uri-miss; stored", 404), (miss.Status, miss.CacheStatus, hit.Status));
        Assert.Matches("^UserCache; hit; ttl=[0-9]+; detail=negative$", hit.CacheStatus);
    }
}
