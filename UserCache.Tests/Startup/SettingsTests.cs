using Microsoft.Extensions.Hosting;
using UserCache.ApiService.Users;
using UserCache.ServiceDefaults;

namespace UserCache.Tests.Startup;

/// <summary>
/// Settings that the service does not start with. Its program runs inside this process, but where its own output and status are looked at.
/// </summary>
public sealed class SettingsTests
{
    // Good ones, of servers that nobody reaches: whoever does not start does not try.
    private static readonly (string Key, string Value)[] Good =
    [
        ("ConnectionStrings:cache", "127.0.0.1:1"), ("ConnectionStrings:usersdb", "Host=127.0.0.1;Port=1"),
        ("urls", "http://127.0.0.1:5000"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
        ("Security:AllowAnonymous", "true"), ("Security:AllowUnencrypted", "true"),
    ];

    // What a password has in these tests: no part of it may be told.
    private const string Secret = "hunter2";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("Cache:SoftExpiry", "00:00:00", "SoftExpiry must be between 00:00:01 and 1.00:00:00")]
    [InlineData("Cache:SoftExpiry", "soon", "Cache:SoftExpiry")]
    [InlineData(
        "Cache:HardExpiry", "00:05:00", "HardExpiry (00:05:00) of the cache users must not be shorter than SoftExpiry with its jitter (")]
    [InlineData("Cache:users:HardExpiry", "00:05:00", "HardExpiry (00:05:00) of the cache users must not be shorter than SoftExpiry")]
    [InlineData("Cache:users:CompressAbove", "255", "CompressAbove (255) of the cache users must be 0, for never, or at least 256.")]
    [InlineData("Cache:Jitter", "2", "Jitter must be between 0 and 0.5")]
    [InlineData("Cache:Jitter", "NaN", "Jitter must be between 0 and 0.5")]
    [InlineData("Cache:SoftExpiry", "10675199.00:00:00", "SoftExpiry must be between")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense", "OTEL_EXPORTER_OTLP_ENDPOINT must be an absolute URL")]
    [InlineData("Cache:RedisTimeout", "01:00:00", "RedisTimeout must be between")]
    [InlineData(
        "Cache:RedisTimeout", "00:00:03",
        "Cache:RedisTimeout (00:00:03) must not be longer than half the time a write has to commit (00:00:04)")]
    [InlineData(
        "Cache:NegativeExpiry", "01:00:00",
        "HardExpiry (01:00:00) of the cache users must not be shorter than NegativeExpiry with its jitter (01:06:00)")]
    [InlineData("Cache:WriterDeadline", "00:00:01", "WriterDeadline must be between")]
    [InlineData("Cache:RedisTimeout", "-10675199.00:00:00", "RedisTimeout must be between")]
    [InlineData("Invalidation:BatchSize", "0", "BatchSize must be between")]
    [InlineData("Invalidation:ReplayWindow", "00:00:09", "Invalidation:ReplayWindow must be at least twice Cache:WriterDeadline")]
    [InlineData("Cache:AuditRate", "1.4", "AuditRate must be between 0 and 1")]
    [InlineData("Cache:AuditRate", "NaN", "AuditRate must be between 0 and 1")]
    [InlineData("Cache:NearCacheBytes", "65535", "Cache:NearCacheBytes (65535) must be 0, for none, or at least 65536.")]
    [InlineData("Cache:NearCacheBytes", "17179869185", "NearCacheBytes must be between 0 and 17179869184")]
    [InlineData("Cache:NearCacheLife", "00:01:01", "NearCacheLife must be between 00:00:00.0100000 and 00:01:00")]
    [InlineData("Management:Url", "127.0.0.1:5001", "Management:Url must be an http address")]
    [InlineData("Management:Url", "https://127.0.0.1:5001", "must be an http address")]
    [InlineData("Management:Url", "http://127.0.0.1:5001/path", "must be an http address")]
    [InlineData("Management:Url", "http://127.0.0.1:5001x", "must be an http address")]
    [InlineData("Management:Url", "http://127.0.0.1", "must be an http address")]
    [InlineData("Management:Url", "http://127.0.0.1:0", "must be an http address")]
    [InlineData("Management:Url", "http://127.0.0.1:99999", "must be an http address")]
    [InlineData("Management:Url", "http://somewhere.invalid:5001", "must be an http address")]
    [InlineData("Management:Url", "http://127.0.0.1:5001", "Management:Key must have at least 16 characters")]
    [InlineData("Console:DashboardUrl", "nonsense", "Console:DashboardUrl must be an absolute URL")]
    [InlineData("Database:Migrate", "perhaps", "Database:Migrate")]
    [InlineData("Database:MaxWrites", "0", "MaxWrites must be between 1 and 10000")]
    [InlineData("Database:MaxWrites", "53", "Database:MaxWrites, MaxPages and Cache:MaxLoads together must not be more than the")]
    [InlineData("Kestrel:Limits:MaxRequestBodySize", "-1", "Kestrel:Limits (MaxRequestBodySize = -1) can't be used: ")]
    [InlineData("Kestrel:Limits:MaxRequestBodySize", "many", "Kestrel:Limits (MaxRequestBodySize = many) can't be used: ")]
    [InlineData("Kestrel:Limits:MaxRequestBytes", "1", "Kestrel:Limits (MaxRequestBytes = 1) can't be used: ")]
    [InlineData("Kestrel:Limits:MinRequestBodyDataRate:BytesPerSecond", "1", "Kestrel:Limits (MinRequestBodyDataRate:BytesPerSecond = 1)")]
    [InlineData("Kestrel:Limits:MaxRequestBufferSize", "1000", "Kestrel:Limits:MaxRequestBufferSize (1000) must not be less")]
    [InlineData("RateLimit:RequestsPerSecond", "-1", "RequestsPerSecond must be between 0 and 1000000")]
    [InlineData("RateLimit:RequestsPerSecond", "many", "RateLimit:RequestsPerSecond")]
    [InlineData("Docs:Enabled", "perhaps", "Docs:Enabled")]
    [InlineData("Shutdown:Drain", "00:05:01", "Drain must be between 00:00:00 and 00:05:00")]
    [InlineData("Security:AllowAnonymous", "perhaps", "Security:AllowAnonymous")]
    [InlineData("Security:AllowAnonymous", "false", "Set Authentication:Schemes:Bearer:Authority, or Security:AllowAnonymous to true")]
    [InlineData("Security:AllowUnencrypted", "false", "ConnectionStrings:cache must have ssl=true (rediss:// in a URL), or Security:")]
    [InlineData("Security:AllowUnencrypted", "false", "ConnectionStrings:usersdb must have SSL Mode=Require or better (sslmode=require in")]
    [InlineData("Security:ProtectReads", "true", "Security:ProtectReads needs Authentication:Schemes:Bearer:Authority")]
    [InlineData("Security:UseAzureIdentity", "true", "ConnectionStrings:cache must name a user, and have no password, where Security:")]
    [InlineData("Security:UseAzureIdentity", "true", "ConnectionStrings:usersdb must name a user, and have no password, where Secur")]
    [InlineData("Authentication:Schemes:Bearer:Authority", "https://a.invalid", "Bearer must have ValidAudiences")]
    [InlineData("Authentication:Schemes:Bearer:ValidAudiences:0", "usercache", "Bearer must have the Authority that issues tokens")]
    [InlineData("Authentication:Schemes:Bearer:Authority", "http://a.invalid", "Schemes:Bearer can't be used: The MetadataAdd")]
    [InlineData("Authentication:Schemes:Bearer:BackchannelTimeout", "99999999", "Authentication:Schemes:Bearer can't be used: ")]
    [InlineData("Authentication:Schemes:Bearer:Authority", "https://", "Bearer:Authority must be an absolute URL")]
    [InlineData("Authentication:Schemes:Bearer:ValidAudiences:0", " ", "Bearer must have")]
    [InlineData("Authentication:Schemes:Bearer", "yes", "Authentication:Schemes:Bearer must have settings below it")]
    [InlineData("Shutdown:Drain", "10675199.02:48:05.4775807", "Drain must be between 00:00:00 and 00:05:00")]
    [InlineData("https_port", "abc", "ASPNETCORE_HTTPS_PORT is \"abc\": it must be a port.")]
    [InlineData("Authentication:Schemes:Bearer:BackchannelTimeout", "soon", "Authentication:Schemes:Bearer can't be used: ")]
    [InlineData("ConnectionStrings:cache", "", "ConnectionStrings:cache is missing or is no Redis connection string")]
    [InlineData("ConnectionStrings:cache", "127.0.0.1,nonsense=1", "ConnectionStrings:cache is missing or is no Redis connection string")]
    [InlineData("ConnectionStrings:usersdb", "", "ConnectionStrings:usersdb is missing or is no PostgreSQL connection string")]
    [InlineData("ConnectionStrings:usersdb", "Host=127.0.0.1;Port=1;Minimum Pool Size=101", "has a Minimum Pool Size that is more than")]
    [InlineData("ConnectionStrings:usersdb", "nonsense", "ConnectionStrings:usersdb is missing or is no PostgreSQL connection string")]
    // What the drivers would take for a host, and tell to logs, metrics and traces.
    [InlineData("ConnectionStrings:cache", "redis://:hunter2@", "ConnectionStrings:cache is missing or is no Redis connection string")]
    [InlineData("ConnectionStrings:cache", "redis://:hunter2#x@127.0.0.1:1", "ConnectionStrings:cache is missing")]
    [InlineData("ConnectionStrings:cache", "redis://:hunter2/x@127.0.0.1:1", "ConnectionStrings:cache is missing")]
    [InlineData("ConnectionStrings:cache", "redis://user:1/hunter2@127.0.0.1:1", "ConnectionStrings:cache is missing")]
    [InlineData("ConnectionStrings:cache", "redis://127.0.0.1:1/0?password=hunter2", "ConnectionStrings:cache is missing")]
    [InlineData("ConnectionStrings:cache", "redis://127.0.0.1:1,password=hunter2", "ConnectionStrings:cache is missing")]
    [InlineData("ConnectionStrings:cache", "unix://:hunter2@/socket", "ConnectionStrings:cache is missing")]
    [InlineData("ConnectionStrings:cache", ":hunter2@127.0.0.1:1", "ConnectionStrings:cache is missing")]
    [InlineData("ConnectionStrings:cache", "127.0.0.1:1,password=secret,hunter2", "ConnectionStrings:cache is missing")]
    [InlineData("ConnectionStrings:usersdb", "postgres://user:hunter2@", "ConnectionStrings:usersdb is missing or is no PostgreSQL")]
    [InlineData("ConnectionStrings:usersdb", "postgres://user:hunter2#x@127.0.0.1:1/usersdb", "ConnectionStrings:usersdb is missing")]
    [InlineData("ConnectionStrings:usersdb", "postgres://user:1/hunter2@127.0.0.1:1/usersdb", "ConnectionStrings:usersdb is missing")]
    [InlineData("ConnectionStrings:usersdb", "postgres://user:1?hunter2@127.0.0.1:1/usersdb", "ConnectionStrings:usersdb is missing")]
    [InlineData("ConnectionStrings:usersdb", "mysql://user:hunter2@127.0.0.1:1/usersdb", "ConnectionStrings:usersdb is missing")]
    [InlineData("ConnectionStrings:usersdb", "Host=user:hunter2@127.0.0.1;Port=1", "ConnectionStrings:usersdb is missing")]
    [InlineData("ConnectionStrings:usersdb", "Host=postgres://user:hunter2@127.0.0.1", "ConnectionStrings:usersdb is missing")]
    [InlineData("ConnectionStrings:usersdb", "Host=127.0.0.1;Password=a;hunter2", "ConnectionStrings:usersdb is missing")]
    [InlineData("Management:Url", "hunter2hunter2hunter2", "Management:Url must be an http address")]
    [InlineData("Console:DashboardUrl", "localhost:15000/login?t=hunter2", "Console:DashboardUrl must be an absolute URL")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://user:hunter2@127.0.0.1", "OTEL_EXPORTER_OTLP_ENDPOINT must be an absolute URL")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "hunter2:4317", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be an absolute URL")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "hunter2", "OTEL_EXPORTER_OTLP_HEADERS must be names and values")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "key=hunter2,key=x", "OTEL_EXPORTER_OTLP_HEADERS must be names and values, each name once")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "hunter2", "OTEL_EXPORTER_OTLP_LOGS_HEADERS must be names and values")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "0", "OTEL_EXPORTER_OTLP_TIMEOUT has a value that OpenTelemetry can't use")]
    [InlineData("OTEL_EXPORTER_OTLP_CERTIFICATE", "/hunter2", "OTEL_EXPORTER_OTLP_CERTIFICATE has a value that OpenTelemetry can't use")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "0", "OTEL_METRIC_EXPORT_INTERVAL has a value that OpenTelemetry can't use")]
    [InlineData("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", "hunter2", "OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY has a value that OpenTelemetry can")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "//user:hunter2@127.0.0.1", "OTEL_EXPORTER_OTLP_ENDPOINT must be an absolute URL")]
    public async Task Bad_setting_stops_the_start_with_one_sentence_that_names_it(string key, string value, string saying) =>
        Assert.Contains(saying, await RefusalAsync((key, value)), StringComparison.Ordinal);

    [Fact]
    public async Task Several_bad_settings_stop_the_start_with_a_sentence_for_each_and_status_1()
    {
        await using var api = new ApiServer(FreePort.Next(), new Dictionary<string, string>
        {
            ["ConnectionStrings:cache"] = "", ["ConnectionStrings:usersdb"] = "", ["Invalidation:BatchSize"] = "0",
        });

        var message = (await Assert.ThrowsAsync<InvalidOperationException>(() => api.StartAsync())).Message;

        Assert.Contains("ended with status 1", message, StringComparison.Ordinal);
        Assert.Contains("UserCache.ApiService does not start: ", message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings:cache is missing", message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings:usersdb is missing", message, StringComparison.Ordinal);
        Assert.Contains("BatchSize must be between", message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_bad_settings_of_one_section_have_a_sentence_each()
    {
        var message = await RefusalAsync(("Security:AllowUnencrypted", "false"));

        Assert.Contains("Security:AllowUnencrypted must be true. ConnectionStrings:usersdb must have", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Management_key_of_blanks_and_other_ways_to_say_where_the_API_listens_stop_the_start()
    {
        var message = await RefusalAsync(
            ("Management:Url", "http://*:5001"),
            ("Management:Key", new string(' ', 20)),
            ("Kestrel:Endpoints:Http:Url", "http://127.0.0.1:5002"));

        Assert.Contains("Management:Key must have at least 16 characters", message, StringComparison.Ordinal);
        Assert.Contains("Kestrel:Endpoints and Management:Url exclude each other", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Management_port_that_is_the_API_s_stops_the_start() => Assert.Contains(
        "Management:Url must have another port than the API",
        await RefusalAsync(("Management:Url", "http://*:5000"), ("Management:Key", new string('k', 20))),
        StringComparison.Ordinal);

    [Fact]
    public void Fault_that_is_no_setting_s_is_not_told_as_one()
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddOptionsWithValidateOnStart<CacheOptions>().Configure(_ => throw new InvalidOperationException("our own"));
        using var app = builder.Build();

        Assert.Throws<InvalidOperationException>(() => app.HasValidSettings());
    }

    /// <summary>Runs the service's program, which must not start.</summary>
    /// <returns>What it has said.</returns>
    private static async Task<string> RefusalAsync(params IEnumerable<(string Key, string Value)> settings)
    {
        string[] arguments = [.. Good.Concat(settings).Select(setting => $"--{setting.Key}={setting.Value}")];
        var (console, said) = (System.Console.Error, new StringWriter(CultureInfo.InvariantCulture));
        System.Console.SetError(said);
        try
        {
            // What is accepted would run on.
            var status = await Task.Run(() => typeof(UserInput).Assembly.EntryPoint!.Invoke(null, [arguments])).WaitAsync(Limit);
            Assert.Equal(1, status);
        }
        finally
        {
            System.Console.SetError(console);
        }

        Assert.DoesNotContain("   at ", said.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, said.ToString(), StringComparison.Ordinal);
        return said.ToString();
    }
}
