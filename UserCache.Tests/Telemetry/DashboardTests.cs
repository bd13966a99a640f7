using System.Net.Http.Json;
using System.Text.Json;
using UserCache.Local.Servers;
using UserCache.Local.Setup;
using UserCache.Tests.Infrastructure;

namespace UserCache.Tests.Telemetry;

/// <summary>The real Aspire dashboard, and what it was told.</summary>
[Collection(AppGroup.Name)]
public sealed class DashboardTests(App app)
{
    private static readonly TimeSpan Arrival = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Traces_of_a_miss_and_a_hit_arrive_and_only_the_miss_has_a_database_span()
    {
        await using var dashboard = new DashboardServer(DashboardProgram.Path
            ?? throw new InvalidOperationException("The Aspire dashboard is not installed; ./test installs it with npm, or put the Aspire CLI on the PATH."));
        await dashboard.StartAsync();
        var settings = ApiServer.TelemetryTo(dashboard).Select(setting => (setting.Key, setting.Value)).ToArray();
        await using var api = await App.StartReplicaAsync(app.Redis.ConnectionString, app.Postgres.ConnectionString, settings);
        using var users = new UsersClient(api.Url);
        var id = await app.Users.CreateAsync();

        Assert.Contains("fwd=uri-miss", (await users.GetAsync(id)).CacheStatus, StringComparison.Ordinal);
        Assert.True((await users.GetAsync(id)).IsHit);

        using var telemetry = await LogInAsync(dashboard);
        var traces = await Eventually.GetAsync(() => CacheReadsAsync(telemetry, id), HaveArrived, Arrival);
        var miss = Assert.Single(traces, trace => !trace.Hit);
        var hit = Assert.Single(traces, trace => trace.Hit);
        Assert.Equal(["GET", "EVAL", "EVAL"], miss.RedisCommands);
        Assert.True(miss.HasDatabaseSpan, miss.ToString());
        Assert.Equal(["GET"], hit.RedisCommands);
        Assert.False(hit.HasDatabaseSpan, hit.ToString());
    }

    // The Redis spans come from a profiler, a little after the rest of their trace.
    private static bool HaveArrived(IReadOnlyList<CacheRead> traces) => traces.Count == 2 && traces.Sum(trace => trace.RedisCommands.Count) >= 4;

    private static async Task<HttpClient> LogInAsync(DashboardServer dashboard)
    {
        var http = new HttpClient { BaseAddress = new Uri(dashboard.Url) };
        var token = dashboard.LoginUrl.Split("t=")[^1];
        using var answer = await http.PostAsJsonAsync("/api/telemetry/validateToken", new { token });
        var login = await answer.Content.ReadFromJsonAsync<JsonElement>();
        http.DefaultRequestHeaders.Add("x-api-key", login.GetProperty("apiKey").GetString());
        return http;
    }

    private static async Task<IReadOnlyList<CacheRead>> CacheReadsAsync(HttpClient telemetry, long id)
    {
        var answer = await telemetry.GetFromJsonAsync<JsonElement>("/api/telemetry/traces?resource=apiservice");
        var spans = answer.GetProperty("data").GetProperty("resourceSpans").EnumerateArray()
            .SelectMany(resource => resource.GetProperty("scopeSpans").EnumerateArray())
            .SelectMany(scope => scope.GetProperty("spans").EnumerateArray())
            .ToLookup(span => span.GetProperty("traceId").GetString());
        return [.. spans.Select(trace => CacheRead.Of(trace, $"USER::{id}")).OfType<CacheRead>()];
    }

    /// <summary>What one trace says of the read of one key.</summary>
    private sealed record CacheRead(bool Hit, IReadOnlyList<string?> RedisCommands, bool HasDatabaseSpan)
    {
        public static CacheRead? Of(IEnumerable<JsonElement> trace, string key)
        {
            var spans = trace.OrderBy(span => span.GetProperty("startTimeUnixNano").GetString(), StringComparer.Ordinal).ToList();
            var read = spans.Find(span => span.GetProperty("name").GetString() == "cache.get" && Attribute(span, "cache.key") == key);
            return read.ValueKind == JsonValueKind.Undefined
                ? null
                : new CacheRead(
                    bool.Parse(Attribute(read, "cache.hit")!),
                    [.. spans.Where(span => Attribute(span, "db.system.name") == "redis").Select(span => Attribute(span, "db.operation.name"))],
                    spans.Exists(span => Attribute(span, "db.system.name") == "postgresql"));
        }

        private static string? Attribute(JsonElement span, string name) => span.GetProperty("attributes").EnumerateArray()
            .Where(attribute => attribute.GetProperty("key").GetString() == name)
            .SelectMany(attribute => attribute.GetProperty("value").EnumerateObject())
            .Select(value => value.Value.ToString())
            .FirstOrDefault();
    }
}
