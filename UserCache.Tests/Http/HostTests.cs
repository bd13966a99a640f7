namespace UserCache.Tests.Http;

/// <summary>By which names the service is called, and what it tells of itself.</summary>
[Collection(AppGroup.Name)]
public sealed class HostTests(App app)
{
    private static readonly (string Key, string Value)[] Production =
    [
        ("environment", "Production"), ("Security:AllowAnonymous", "true"), ("Security:AllowUnencrypted", "true"),
        ("Shutdown:Drain", "00:00:00"),
    ];

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("localhost:5000", 200)]
    [InlineData("usercache.localhost", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]:5000", 200)]
    [InlineData("rebound.example.com", 400)]
    [InlineData("localhost.example.com", 400)]
    [InlineData("127.0.0.1.example.com:5000", 400)]
    public async Task Local_run_accepts_the_names_of_this_machine_only(string host, int status)
    {
        Assert.Equal(status, (await app.Users.GetAsync("/alive", ("Host", host))).Status);
        using var management = new HttpClient { BaseAddress = app.Management.Url };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { Host = host } };
        using var answer = await management.SendAsync(request);
        // Without its key.
        Assert.Equal(status == 200 ? 401 : status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("rebound.example.com")]
    [InlineData("localhost.example.com:5000")]
    public async Task Call_by_another_name_answers_400_that_says_which_and_where_it_is_set(string host)
    {
        foreach (var path in new[] { "/alive", $"{UsersClient.Path}/1", "/nowhere" })
        {
            var answer = await app.Users.GetAsync(path, ("Host", host));

            answer.ShouldBeProblem(400, $"This service is not called {host}: AllowedHosts has its names.");
            Assert.Equal(("no-cache, private", "nosniff"), (answer.Headers["Cache-Control"], answer.Headers["X-Content-Type-Options"]));
        }
    }

    [Fact]
    public async Task Production_accepts_every_name_and_has_documents_only_when_they_are_switched_on()
    {
        await using var without = await StartAsync(Production);
        await using var with = await StartAsync([.. Production, ("Docs:Enabled", "true")]);

        foreach (var path in new[] { "/docs", "/docs/", "/openapi/v1.json" })
        {
            (await without.Users.GetAsync(path)).ShouldBeProblem(404, "Not Found");
            Assert.Equal(200, (await with.Users.GetAsync(path)).Status);
        }

        Assert.Equal(200, (await without.Users.GetAsync("/alive", ("Host", "api.example.com"))).Status);
    }

    [Theory]
    [InlineData("/alive")]
    [InlineData("/nowhere")]
    [InlineData("/api/v1/users/1")]
    [InlineData("/docs/")]
    public async Task Answers_do_not_name_the_server(string path) =>
        Assert.DoesNotContain("Server", (await app.Users.GetAsync(path)).Headers.Keys);

    private Task<ApiHost> StartAsync(params (string Key, string Value)[] settings) =>
        App.StartReplicaAsync(app.Redis.ConnectionString, app.Postgres.ConnectionString, settings);
}
