using Azure.Core;

namespace UserCache.Tests.Security;

/// <summary>Signing in to Redis and PostgreSQL with tokens that are good for a while: here they are passwords, which change.</summary>
[Collection(OperationsGroup.Name)]
public sealed class SignInTests(App app) : IAsyncLifetime
{
    private const string First = "first-token";
    private const string Second = "second-token";

    // "Signed in to Redis with a token".
    private const int SignedIn = 510;

    private readonly string _name = $"identity_{Guid.NewGuid():N}";
    private readonly Credential _credential = new() { Token = First };
    private RedisServer _redis = null!;
    private ApiHost _api = null!;

    public async Task InitializeAsync()
    {
        _redis = await app.SpareRedis.TakeAsync();
        await _redis.CommandAsync("ACL", "SETUSER", _name, "on", $">{First}", $">{Second}", "~*", "&*", "+@all");
        await app.Database.ExecuteAsync($"CREATE ROLE {_name} SUPERUSER LOGIN PASSWORD '{First}'");
        var database = new NpgsqlConnectionStringBuilder(app.Postgres.ConnectionString) { Username = _name, Password = null };
        _api = await StartAsync($"127.0.0.1:{_redis.Port},user={_name}", database.ConnectionString);
        await _api.Users.BecomesHealthyAsync();
    }

    [Fact]
    public async Task New_connections_to_PostgreSQL_bring_the_token_of_their_time()
    {
        await _api.Users.CreateAsync();
        _credential.Token = Second;
        await app.Database.ExecuteAsync($"ALTER ROLE {_name} PASSWORD '{Second}'");
        await app.Database.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{_name}'");

        // The pool finds first that its connections are gone.
        await Eventually.GetAsync(
            () => _api.Users.PostAsync(new { username = UsersClient.NewName() }), answer => answer.Status == 201);

        await _api.Users.BecomesHealthyAsync();
        Assert.Contains("https://ossrdbms-aad.database.windows.net/.default", _credential.Asked);
    }

    [Fact]
    public async Task Connections_to_Redis_are_shown_the_next_token_in_time_and_new_ones_bring_it()
    {
        var id = await _api.Users.CreateAsync();
        await _api.Users.GetHitAsync(id);
        var connections = await ConnectionsAsync();
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"{_redis.ConnectionString},allowAdmin=true");
        var server = admin.GetServers()[0];
        await server.ExecuteAsync("CONFIG", "RESETSTAT");

        _credential.Token = Second;
        await Eventually.TimesLoggedAsync(_api, times: 2, SignedIn);

        Assert.Equal(1, await server.CommandsAsync("auth"));
        Assert.Equal(connections, await ConnectionsAsync());
        await _redis.CommandAsync("ACL", "SETUSER", _name, $"<{First}");
        await _redis.CommandAsync("CLIENT", "KILL", "USER", _name);
        await Eventually.GetAsync(ConnectionsAsync, now => now.Length > 0 && !now.Intersect(connections).Any());
        await _api.Users.GetHitAsync(id);
        Assert.Contains("https://redis.azure.com/.default", _credential.Asked);
    }

    [Fact]
    public async Task Identity_that_gives_no_token_costs_no_answer_but_for_what_only_the_database_has()
    {
        var id = await _api.Users.CreateAsync();
        await _api.Users.GetHitAsync(id);

        _credential.Token = null;
        await app.Database.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{_name}'");
        await Eventually.GetAsync(() => _api.Users.GetAsync($"{UsersClient.Path}?limit=1"), answer => answer.Status == 503);

        Assert.True((await _api.Users.GetAsync(id)).IsHit);
        (await _api.Users.GetAsync($"{UsersClient.Path}?limit=1")).ShouldBeProblem(503, "The database does not serve this call");
        _credential.Token = First;
        await _api.Users.BecomesHealthyAsync();
    }

    public async Task DisposeAsync()
    {
        await _api.DisposeAsync();
        await _redis.DisposeAsync();
        await app.Database.ExecuteAsync($"DROP OWNED BY {_name}; DROP ROLE {_name}");
    }

    private async Task<ApiHost> StartAsync(string redis, string database)
    {
        var api = new ApiHost(
            App.Settings(redis, database, ("Security:UseAzureIdentity", "true")),
            services => services.AddSingleton<TokenCredential>(_credential));
        await api.StartAsync();
        return api;
    }

    // Each by its number, which no other gets.
    private async Task<string[]> ConnectionsAsync() =>
    [
        .. ((string)(await _redis.CommandAsync("CLIENT", "LIST"))!).Split('\n')
            .Where(line => line.Contains($"user={_name}", StringComparison.Ordinal)).Select(line => line.Split(' ')[0])
            .Order(StringComparer.Ordinal),
    ];

    private sealed class Credential : TokenCredential
    {
        // So that it is asked again soon.
        private static readonly TimeSpan Life = TimeSpan.FromSeconds(2);

        private readonly HashSet<string> _asked = [];

        public string? Token { get; set; }

        public IReadOnlyCollection<string> Asked
        {
            get
            {
                lock (_asked)
                {
                    return [.. _asked];
                }
            }
        }

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            var token = Token ?? throw new InvalidOperationException("There is no identity.");
            lock (_asked)
            {
                _asked.UnionWith(requestContext.Scopes);
            }

            return new AccessToken(token, TimeProvider.System.GetUtcNow() + Life);
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
