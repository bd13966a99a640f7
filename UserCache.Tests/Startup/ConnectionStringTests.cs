namespace UserCache.Tests.Startup;

/// <summary>Connection strings as hosting companies and other languages write them.</summary>
[Collection(OperationsGroup.Name)]
public sealed class ConnectionStringTests(App app)
{
    // All that has a meaning in a URL, or in one of the drivers' own formats.
    private const string Password = "a,b=c@d/e:f#g?h%i;j&k+l";

    [Fact]
    public async Task Urls_are_taken_with_any_password()
    {
        await using var redis = new RedisServer(app.Data) { Password = Password };
        await redis.StartAsync();
        var database = new NpgsqlConnectionStringBuilder(await app.NewDatabaseAsync());
        var role = $"role_{Guid.NewGuid():N}";
        await app.Database.ExecuteAsync($"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD '{Password}'");

        await using var api = await App.StartReplicaAsync(
            $"redis://:{Uri.EscapeDataString(Password)}@127.0.0.1:{redis.Port}/0",
            $"postgres://{role}:{Uri.EscapeDataString(Password)}@127.0.0.1:{database.Port}/{database.Database}"
            + "?sslmode=disable&application_name=by_url",
            [.. App.Hurried, ("Cache:NearCacheBytes", "1000000")]);

        await api.Users.GetHitAsync(await api.Users.CreateAsync());
        Assert.True(await app.Database.ScalarAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND application_name = 'by_url'", role) > 0);
    }

    [Fact]
    public async Task Connections_that_are_kept_for_requests_are_not_kept_for_the_relay()
    {
        var database = $"{await app.NewDatabaseAsync()};Minimum Pool Size=3;Application Name=kept";
        await using var redis = await app.SpareRedis.TakeAsync();
        await using var api = await App.StartReplicaAsync(redis.ConnectionString, database);

        await api.Users.BecomesHealthyAsync();
    }

    [Theory]
    [InlineData("rediss://user:a%2Cb@redis.example.com", "redis.example.com:6379", true, "user", "a,b", null)]
    [InlineData("redis://[::1]:7000/3", "[::1]:7000", false, null, null, 3)]
    [InlineData("REDIS://redis.example.com/", "redis.example.com:6379", false, null, null, 0)]
    [InlineData("localhost:6379,user=me,password=a://b", "localhost:6379", false, "me", "a://b", null)]
    [InlineData("my_redis,[::1]:7000,password=a@b", "my_redis:6379 [::1]:7000", false, null, "a@b", null)]
    public void Redis_is_found_as_the_connection_string_says(
        string text, string hosts, bool tls, string? user, string? password, int? database)
    {
        Assert.True(ApiService.ConnectionStrings.TryParseRedis(text, out var connection));
        var options = ConfigurationOptions.Parse(connection.Options);
        options.SetDefaultPorts();
        Assert.Equal(
            hosts,
            string.Join(' ', options.EndPoints.Select(endpoint => $"{endpoint}".Replace("Unspecified/", "", StringComparison.Ordinal))));
        Assert.Equal(
            (tls, user, password, database ?? 0),
            (options.Ssl, connection.User ?? options.User, connection.Password ?? options.Password, options.DefaultDatabase ?? 0));
    }

    [Theory]
    [InlineData("postgresql://db.example.com", "Host=db.example.com")]
    [InlineData(
        "postgres://me:a%3Bb@[::1]:5433/my%20db?sslmode=verify-full",
        "Host=::1;Username=me;Password=\"a;b\";Port=5433;Database=my db;SSL Mode=VerifyFull")]
    [InlineData("Host=one:5432,two;Password=a@b", "Host=one:5432,two;Password=a@b")]
    [InlineData("Host=/var/run/postgresql", "Host=/var/run/postgresql")]
    public void PostgreSQL_is_found_as_the_connection_string_says(string text, string expected)
    {
        Assert.True(ApiService.ConnectionStrings.TryParsePostgres(text, out var connection));
        Assert.Equal(new NpgsqlConnectionStringBuilder(expected), new NpgsqlConnectionStringBuilder(connection));
    }
}
