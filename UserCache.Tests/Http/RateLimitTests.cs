namespace UserCache.Tests.Http;

/// <summary>How often one client may ask.</summary>
[Collection(OutagesGroup.Name)]
public sealed class RateLimitTests(App app)
{
    private const int Limit = 5;
    // Many more than a slow machine gets through within a second.
    private const int Times = 100;
    private const string Client = "X-Forwarded-For";

    [Fact]
    public async Task Client_that_asks_too_often_answers_429_until_it_has_waited_and_others_go_on()
    {
        await using var api = await StartAsync(Limit);
        var id = await app.Users.CreateAsync();

        var answers = await AskAsync(api, id, Times, "203.0.113.7");

        var refused = answers.Where(answer => answer.Status == 429).ToList();
        Assert.InRange(refused.Count, 1, Times - Limit);
        Assert.All(answers.Except(refused), answer => Assert.Equal(200, answer.Status));
        refused[0].ShouldBeProblem(429, "One client may make 5 requests a second");
        Assert.Equal(("1", "no-cache, private", "nosniff"), (
            refused[0].Headers["Retry-After"], refused[0].Headers["Cache-Control"], refused[0].Headers["X-Content-Type-Options"]));
        Assert.Equal(200, (await api.Users.GetAsync(id, (Client, "203.0.113.8"))).Status);
        await Eventually.GetAsync(() => api.Users.GetAsync(id, (Client, "203.0.113.7")), answer => answer.Status == 200);
    }

    [Fact]
    public async Task Network_of_IPv6_is_one_client()
    {
        await using var api = await StartAsync(Limit);
        var id = await app.Users.CreateAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(1, Times).Select(host => api.Users.GetAsync(id, (Client, $"2001:db8:1:2::{host}"))));

        Assert.Contains(answers, answer => answer.Status == 429);
        Assert.Equal(200, (await api.Users.GetAsync(id, (Client, "2001:db8:1:3::1"))).Status);
    }

    [Theory]
    [InlineData("POST", "")]
    [InlineData("GET", "?limit=1")]
    [InlineData("GET", "/x")]
    public async Task Every_call_counts(string method, string rest)
    {
        await using var api = await StartAsync(1);

        var answers = await Task.WhenAll(Enumerable.Range(0, Times).Select(
            _ => api.Users.SendTextAsync(new HttpMethod(method), UsersClient.Path + rest, text: null)));

        Assert.Contains(answers, answer => answer.Status == 429);
    }

    [Fact]
    public async Task Without_the_setting_there_is_no_limit()
    {
        var id = await app.Users.CreateAsync();

        Assert.All(await AskAsync(app.Api, id, Times, "203.0.113.7"), answer => Assert.Equal(200, answer.Status));
    }

    private static Task<Answer[]> AskAsync(ApiHost api, long id, int times, string client) =>
        Task.WhenAll(Enumerable.Range(0, times).Select(_ => api.Users.GetAsync(id, (Client, client))));

    private Task<ApiHost> StartAsync(int limit) => App.StartReplicaAsync(
        app.Redis.ConnectionString,
        app.Postgres.ConnectionString,
        ("RateLimit:RequestsPerSecond", $"{limit}"),
        // As in the deployment: the client's address is what the proxy says.
        ("ForwardedHeaders_Enabled", "true"));
}
