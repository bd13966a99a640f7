namespace UserCache.Tests.Http;

[Collection(AppGroup.Name)]
public sealed class ListUsersTests(App app)
{
    private const long Unknown = 987_654_000;

    [Fact]
    public async Task Ids_answer_in_the_order_asked_and_unknown_ones_are_listed_as_missing()
    {
        long[] ids = [await app.Users.CreateAsync(), await app.Users.CreateAsync(), await app.Users.CreateAsync()];

        var answer = await app.Users.GetManyAsync(ids[2], Unknown, ids[0], ids[2], ids[1]);

        Assert.Equal(200, answer.Status);
        Assert.Equal([ids[2], ids[0], ids[1]], answer.Data.EnumerateArray().Select(user => user.GetProperty("id").GetInt64()));
        Assert.Equal([Unknown], answer.Json.GetProperty("missing").EnumerateArray().Select(id => id.GetInt64()));
    }

    [Fact]
    public async Task Ids_that_were_read_before_come_from_the_cache()
    {
        long[] ids = [await app.Users.CreateAsync(), await app.Users.CreateAsync()];

        var none = await app.Users.GetManyAsync(ids);
        var all = await app.Users.GetManyAsync(ids);
        var some = await app.Users.GetManyAsync(ids.Append(await app.Users.CreateAsync()));

        Assert.Equal("UserCache; fwd=uri-miss", none.CacheStatus);
        Assert.Equal("UserCache; hit", all.CacheStatus);
        Assert.Equal("UserCache; fwd=partial; detail=\"2 of 3 from the cache\"", some.CacheStatus);
        Assert.Equal(none.Body, all.Body);
    }

    [Fact]
    public async Task Batch_and_single_read_share_their_entries()
    {
        var id = await app.Users.CreateAsync();

        await app.Users.GetManyAsync(id);

        Assert.StartsWith("UserCache; hit", (await app.Users.GetAsync(id)).CacheStatus, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hundred_ids_are_answered_and_101_are_refused()
    {
        var ids = Enumerable.Range(1, 101).Select(number => Unknown + number).ToList();

        Assert.Equal(200, (await app.Users.GetManyAsync(ids.Take(100))).Status);
        (await app.Users.GetManyAsync(ids)).ShouldBeProblem(400, "101 ids were asked for; the limit is 100.");
    }

    [Theory]
    [InlineData("ids=", "\"\" in ids")]
    [InlineData("ids=1,x", "\"x\" in ids")]
    [InlineData("ids=1,,2", "\"\" in ids")]
    [InlineData("ids=0", "\"0\" in ids")]
    [InlineData("ids=9223372036854775808", "\"9223372036854775808\" in ids")]
    [InlineData("ids=1&limit=2", "not for both")]
    [InlineData("ids=+1", "\" 1\" in ids")]
    [InlineData("ids=%2B1", "\"+1\" in ids")]
    [InlineData("ids=1,%202", "\" 2\" in ids")]
    [InlineData("ids=1%00", "\"1\0\" in ids")]
    [InlineData("ids=01", "\"01\" in ids")]
    [InlineData("limit=0", "limit is \"0\": it must be a whole number from 1 to 100")]
    [InlineData("limit=101", "limit is \"101\": it must be a whole number from 1 to 100")]
    [InlineData("limit=4294967297", "limit is \"4294967297\"")]
    [InlineData("limit=many", "limit is \"many\"")]
    [InlineData("limit=%2B1", "limit is \"+1\"")]
    [InlineData("limit=", "limit is \"\"")]
    [InlineData("after=x", "after is \"x\": it must be 0, or the id that the page begins after")]
    [InlineData("after=-1", "after is \"-1\"")]
    [InlineData("after=+1", "after is \" 1\"")]
    [InlineData("after=1%00", "after is \"1\0\"")]
    public async Task Bad_query_answers_400_that_says_what_is_wrong(string query, string saying) =>
        (await app.Users.GetAsync($"{UsersClient.Path}?{query}")).ShouldBeProblem(400, saying);

    [Theory]
    [InlineData("If-Match", "*", 200)]
    [InlineData("If-Match", "\"1\"", 412)]
    [InlineData("If-None-Match", "\"1\"", 200)]
    [InlineData("If-None-Match", "*", 304)]
    public async Task List_has_no_version_that_a_condition_could_name(string header, string tags, int status)
    {
        Assert.Equal(status, (await app.Users.GetAsync($"{UsersClient.Path}?limit=1", (header, tags))).Status);
        Assert.Equal(status, (await app.Users.GetAsync($"{UsersClient.Path}?ids=1", (header, tags))).Status);
    }

    [Fact]
    public async Task Pages_cover_all_users_once_in_the_order_of_their_ids()
    {
        var first = await app.Users.CreateAsync();
        var last = first;
        for (var count = 0; count < 4; count++)
        {
            last = await app.Users.CreateAsync();
        }

        var seen = new List<long>();
        long? after = first - 1;
        while (after is not null)
        {
            var page = await app.Users.GetAsync($"{UsersClient.Path}?after={after}&limit=2");
            Assert.Equal(200, page.Status);
            seen.AddRange(page.Data.EnumerateArray().Select(user => user.GetProperty("id").GetInt64()));
            after = page.Json.GetProperty("next") is { ValueKind: System.Text.Json.JsonValueKind.Number } next ? next.GetInt64() : null;
        }

        Assert.Equal(seen.Order().Distinct(), seen);
        Assert.Equal(5, seen.Count(id => id >= first && id <= last));
    }

    [Fact]
    public async Task Page_is_read_from_the_database_and_shows_a_change_at_once()
    {
        var id = await app.Users.CreateAsync();
        await app.Users.GetAsync(id);
        await app.Database.ExecuteAsync("UPDATE users SET email = 'new@example.com' WHERE id = $1", id);

        var page = await app.Users.GetAsync($"{UsersClient.Path}?after={id - 1}&limit=1");

        Assert.Equal("new@example.com", page.Data[0].GetProperty("email").GetString());
        Assert.False(page.Headers.ContainsKey("Cache-Status"));
    }
}
