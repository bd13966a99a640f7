namespace UserCache.Tests.Startup;

/// <summary>
/// Secrets in every place that takes one, each in parts: between them is what ends a password in one format or another. No part of any is
/// in anything that the service emits, at whatever level it logs, and whatever it meets.
/// </summary>
[Collection(OperationsGroup.Name)]
public sealed class SecretsTests(App app)
{
    private readonly Dictionary<string, string[]> _secrets = [];

    [Fact]
    public async Task No_secret_is_told_while_all_is_well()
    {
        await using var redis = new RedisServer(app.Data) { Password = Secret("Redis") };
        await redis.StartAsync();
        var role = $"role_{Guid.NewGuid():N}";
        await app.Database.ExecuteAsync($"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD '{Secret("PostgreSQL")}'");

        var told = await RunAsync(
            $"redis://:{Url("Redis")}@127.0.0.1:{redis.Port}",
            $"postgres://{role}:{Url("PostgreSQL")}@127.0.0.1:{app.Postgres.Port}/{PostgresServer.Database}?persist_security_info=true",
            isWell: true);

        Assert.Contains("Redis has caught up", told["output"], StringComparison.Ordinal);
        AssertNoSecretIn(told);
    }

    [Fact]
    public async Task No_secret_is_told_when_the_passwords_are_wrong()
    {
        var told = await RunAsync(
            $"127.0.0.1:{app.Redis.Port},user={Guid.NewGuid():N},password={Secret("Redis").Replace(",", "", StringComparison.Ordinal)}",
            new NpgsqlConnectionStringBuilder(app.Postgres.ConnectionString)
            {
                Password = Secret("PostgreSQL"), SslPassword = Secret("the certificate"), PersistSecurityInfo = true,
            }.ConnectionString);

        Assert.Contains("password authentication failed", told["output"], StringComparison.Ordinal);
        Assert.Contains("wrong password", told["output"], StringComparison.Ordinal);
        AssertNoSecretIn(told);
    }

    [Fact]
    public async Task No_secret_is_told_when_nobody_is_there()
    {
        var told = await RunAsync(
            $"rediss://user:{Url("Redis")}@redis.invalid",
            $"Host=postgres.invalid;Username=user;Password='{Secret("PostgreSQL")}';SSL Password='{Secret("the certificate")}';"
            + "Persist Security Info=true");

        Assert.Contains("redis.invalid", told["output"], StringComparison.Ordinal);
        AssertNoSecretIn(told);
    }

    [Fact]
    public async Task No_secret_is_told_by_a_Redis_that_does_not_know_what_to_do_with_it()
    {
        await using var redis = new RedisServer(app.Data, "--rename-command", "AUTH", "", "--rename-command", "HELLO", "");
        await redis.StartAsync();

        // It quotes what it does not know.
        AssertNoSecretIn(await RunAsync($"redis://user:{Url("Redis")}@127.0.0.1:{redis.Port}", await app.NewDatabaseAsync()));
    }

    /// <summary>Runs the service for a while.</summary>
    /// <returns>What it emitted, by where it did.</returns>
    private async Task<Dictionary<string, string>> RunAsync(string redis, string database, bool isWell = false)
    {
        await using var collector = new OtlpCollector();
        using var management = new ManagementClient();
        var url = new UriBuilder(collector.Url) { UserName = "user", Password = Url("the collector's address") }.Uri;
        await using var api = new ApiServer(FreePort.Next(), App.Settings(redis, database,
        [
            .. App.Hurried, .. collector.Settings, .. management.Settings,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", url.OriginalString),
            // Which a comma would end, encoded or not.
            ("OTEL_EXPORTER_OTLP_HEADERS", $"api-key={Url("the collector").Replace("%2C", "", StringComparison.Ordinal)}"),
            ("Management:Key", Secret("the management port")),
            ("Invalidation:PollInterval", "00:00:00.500"),
            ("Logging:LogLevel:Default", "Debug"), ("Logging:LogLevel:UserCache", "Trace"), ("Logging:LogLevel:System.Net.Http", "Trace"),
            ("Logging:LogLevel:Npgsql", "Trace"), ("Logging:LogLevel:StackExchange.Redis", "Trace"),
            ("Logging:LogLevel:Microsoft.EntityFrameworkCore", "Information"),
        ]));
        await api.StartAsync();
        using var users = new UsersClient(api.Url);
        using var operators = new ManagementClient(management.Url, Secret("the management port"));
        using var guessing = new ManagementClient(management.Url, Secret("a wrong key"));
        if (isWell)
        {
            await users.BecomesHealthyAsync();
        }

        List<Answer> answers = [];
        await Eventually.GetAsync(
            async () =>
            {
                answers.AddRange(await Task.WhenAll(
                    users.GetAsync(1), users.GetManyAsync(1, 2), users.GetAsync($"{UsersClient.Path}?limit=1"),
                    users.PostAsync(new { username = UsersClient.NewName() }), users.PutAsync(1, new { username = UsersClient.NewName() }),
                    users.GetAsync("/health"), users.GetAsync("/alive"), users.GetAsync("/docs/"), users.GetAsync("/openapi/v1.json"),
                    guessing.SendAsync(HttpMethod.Get, "/metrics"),
                    operators.SendAsync(HttpMethod.Get, "/cache/users/1"), operators.SendAsync(HttpMethod.Delete, "/cache/users/1"),
                    operators.SendAsync(HttpMethod.Delete, "/cache/users"), operators.SendAsync(HttpMethod.Get, "/checks"),
                    operators.SendAsync(HttpMethod.Post, "/cache/users/warm", new { recent = 1 }),
                    operators.SendAsync(HttpMethod.Get, "/metrics")));
                return collector;
            },
            received => received.Of("logs").Length > 0 && received.Of("traces").Length > 0
                && received.Of("metrics").Contains("cache.requests", StringComparison.Ordinal));
        await api.StopAsync();

        return new Dictionary<string, string>
        {
            ["output"] = string.Join('\n', api.Output),
            ["answers"] = string.Join('\n', answers.Select(answer => $"{answer} {string.Join('\n', answer.Headers)}")),
            ["logs"] = collector.Of("logs"),
            ["metrics"] = collector.Of("metrics"),
            ["traces"] = collector.Of("traces"),
        };
    }

    private void AssertNoSecretIn(Dictionary<string, string> told)
    {
        foreach (var (place, parts) in _secrets)
        {
            foreach (var (where, text) in told)
            {
                Assert.All(parts, part => Assert.False(
                    text.Contains(part, StringComparison.OrdinalIgnoreCase),
                    $"The {where} tell the secret of {place}: {Around(text, part)}"));
            }
        }
    }

    private static string Around(string text, string part)
    {
        var place = text.IndexOf(part, StringComparison.OrdinalIgnoreCase);
        return place < 0 ? "" : text[Math.Max(0, place - 200)..Math.Min(text.Length, place + 200)];
    }

    private string Secret(string place)
    {
        if (!_secrets.TryGetValue(place, out var parts))
        {
            _secrets[place] = parts = [.. Enumerable.Range(0, 3).Select(_ => Guid.NewGuid().ToString("N"))];
        }

        return $"{parts[0]},{parts[1]}@{parts[2]}";
    }

    private string Url(string place) => Uri.EscapeDataString(Secret(place));
}
