using System.Net;
using System.Net.Sockets;

namespace UserCache.Tests.Security;

/// <summary>Who may do what, where an authority says who callers are.</summary>
[Collection(OperationsGroup.Name)]
public sealed class AccessTests(App app) : IAsyncLifetime
{
    private const string Read = "users.read";
    private const string Write = "users.write";
    private const int Callers = 10;

    private readonly List<ApiHost> _replicas = [];
    private Authority _authority = null!;

    public async Task InitializeAsync() => _authority = await Authority.StartAsync();

    [Fact]
    public async Task Every_write_needs_a_token_with_the_scope_users_write()
    {
        var users = await StartAsync();
        var body = new { username = UsersClient.NewName() };
        var created = await users.PostAsync(body, _authority.Token(Write));
        Assert.Equal(201, created.Status);
        var id = created.Data.GetProperty("id").GetInt64();
        Func<(string Name, string Value)[], Task<Answer>>[] writes =
        [
            headers => users.PostAsync(body, headers), headers => users.PutAsync(id, body, headers),
            headers => users.DeleteAsync(id, headers),
        ];

        foreach (var write in writes)
        {
            var without = await write([]);
            without.ShouldBeProblem(401, "This call needs a valid token, as Authorization: Bearer …");
            Assert.Equal("Bearer", without.Headers["WWW-Authenticate"]);
            (await write([_authority.Token(Read)])).ShouldBeProblem(403, "This call needs a token with the scope users.write.");
        }

        Assert.Equal(200, (await users.PutAsync(id, body, _authority.Token(Write))).Status);
        Assert.Equal(204, (await users.DeleteAsync(id, _authority.Token(Write))).Status);
    }

    [Fact]
    public async Task Reads_need_none_and_go_the_short_way_unless_they_are_protected()
    {
        var id = await app.Users.CreateAsync();
        var open = await StartAsync();
        var closed = await StartAsync(("Security:ProtectReads", "true"));
        string[] reads = [$"{UsersClient.Path}/{id}", $"{UsersClient.Path}?ids={id}", $"{UsersClient.Path}?limit=1"];

        foreach (var read in reads)
        {
            Assert.Equal(200, (await open.GetAsync(read)).Status);
            Assert.Equal(200, (await open.HeadAsync(read)).Status);
            (await closed.GetAsync(read)).ShouldBeProblem(401, "This call needs a valid token");
            Assert.Equal(401, (await closed.HeadAsync(read)).Status);
            (await closed.GetAsync(read, _authority.Token(Write))).ShouldBeProblem(403, "the scope users.read.");
            Assert.Equal(200, (await closed.GetAsync(read, _authority.Token(Read))).Status);
            Assert.Equal(200, (await closed.HeadAsync(read, _authority.Token(Read))).Status);
        }

        Assert.Equal(200, (await closed.GetAsync("/alive")).Status);
        Assert.Equal(200, (await closed.GetAsync("/health")).Status);
    }

    [Theory]
    [InlineData("scope", "openid users.write profile", 201)]
    [InlineData("scp", "users.write", 201)]
    [InlineData("roles", "users.write", 201)]
    [InlineData("scope", "users.writes", 403)]
    [InlineData("name", "users.write", 403)]
    public async Task Scope_is_one_of_those_that_the_token_names(string claim, string value, int status)
    {
        var users = await StartAsync();

        var answer = await users.PostAsync(new { username = UsersClient.NewName() }, _authority.Token(value, claim));

        Assert.Equal(status, answer.Status);
    }

    [Fact]
    public async Task Token_that_is_expired_or_for_another_service_or_of_another_issuer_or_signed_by_another_is_refused()
    {
        var users = await StartAsync();
        await using var other = await Authority.StartAsync();
        (string Name, string Value)[] tokens =
        [
            _authority.Token(Write, life: TimeSpan.FromHours(-1)), _authority.Token(Write, audience: "another"),
            _authority.Token(Write, issuer: "https://another.example.com"), other.Token(Write, issuer: _authority.Url),
            _authority.WithoutSignature(Write), _authority.SignedByPublicKey(Write), _authority.WithoutExpiry(Write),
            ("Authorization", "Bearer nonsense"),
        ];

        foreach (var token in tokens)
        {
            var answer = await users.PostAsync(new { username = UsersClient.NewName() }, token);
            answer.ShouldBeProblem(401, "This call needs a valid token");
            Assert.StartsWith("Bearer error=\"invalid_token\"", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Authority_that_does_not_answer_is_not_the_caller_s_fault()
    {
        var token = _authority.Token(Write);
        var users = await StartAsync();
        await _authority.DisposeAsync();

        var answer = await users.PostAsync(new { username = UsersClient.NewName() }, token);

        answer.ShouldBeProblem(503, "The authority that issues tokens does not answer.");
        Assert.Equal("1", answer.Headers["Retry-After"]);
        // Also of who sends his token with every call.
        var id = await app.Users.CreateAsync();
        string[] others = [$"{UsersClient.Path}/{id}", $"{UsersClient.Path}?ids={id}", $"{UsersClient.Path}?limit=1", "/health"];
        foreach (var open in others)
        {
            Assert.Equal(200, (await users.GetAsync(open, token)).Status);
        }
    }

    [Fact]
    public async Task Authority_that_hangs_costs_many_callers_no_more_than_one()
    {
        using var hangs = new TcpListener(IPAddress.Loopback, 0);
        hangs.Start();
        var authority = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)hangs.LocalEndpoint).Port}");
        var users = await StartAsync(
            ("Authentication:Schemes:Bearer:Authority", authority), ("Authentication:Schemes:Bearer:BackchannelTimeout", "00:00:02"));
        var asked = Stopwatch.GetTimestamp();

        var answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ =>
            users.PostAsync(new { username = UsersClient.NewName() }, _authority.Token(Write))));

        Assert.All(answers, answer => Assert.Equal(503, answer.Status));
        // One after the other they would take twice as long as there are callers.
        Assert.InRange(Stopwatch.GetElapsedTime(asked), TimeSpan.Zero, TimeSpan.FromSeconds(Callers));
    }

    [Fact]
    public async Task Document_names_the_scope_of_each_call_that_needs_one()
    {
        var users = await StartAsync();

        var paths = (await users.GetAsync("/openapi/v1.json")).Json.GetProperty("paths");

        Assert.Equal(["users.write"], ScopesOf(paths.GetProperty("/api/v1/users").GetProperty("post")));
        Assert.Equal(["users.write"], ScopesOf(paths.GetProperty("/api/v1/users/{id}").GetProperty("put")));
        Assert.Equal(["users.write"], ScopesOf(paths.GetProperty("/api/v1/users/{id}").GetProperty("delete")));
        Assert.Empty(ScopesOf(paths.GetProperty("/api/v1/users/{id}").GetProperty("get")));
        Assert.DoesNotContain("401", (await app.Users.GetAsync("/openapi/v1.json")).Body, StringComparison.Ordinal);
    }

    public async Task DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        await _authority.DisposeAsync();
    }

    private static IEnumerable<string?> ScopesOf(JsonElement call) => call.TryGetProperty("security", out var security)
        ? security.EnumerateArray().Single().EnumerateObject().Single().Value.EnumerateArray().Select(scope => scope.GetString())
        : [];

    private async Task<UsersClient> StartAsync(params (string Key, string Value)[] settings)
    {
        var replica = await App.StartReplicaAsync(
            app.Redis.ConnectionString, app.Postgres.ConnectionString, [.. _authority.Settings, .. settings]);
        _replicas.Add(replica);
        return replica.Users;
    }
}
