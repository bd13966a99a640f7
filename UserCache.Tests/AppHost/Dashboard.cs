using System.Net.Http.Json;

namespace UserCache.Tests.AppHost;

/// <summary>What the Aspire dashboard has been told, read back from it.</summary>
/// <param name="api">Its calls, logged in.</param>
public sealed class Dashboard(HttpClient api) : IDisposable
{
    /// <param name="loginUrl">The page that logs a browser in.</param>
    public static async Task<Dashboard> LogInAsync(Uri loginUrl)
    {
        var http = new HttpClient { BaseAddress = new Uri(loginUrl.GetLeftPart(UriPartial.Authority)) };
        using var answer = await http.PostAsJsonAsync("/api/telemetry/validateToken", new { token = loginUrl.Query.Split("t=")[^1] });
        var login = await answer.Content.ReadFromJsonAsync<JsonElement>();
        http.DefaultRequestHeaders.Add("x-api-key", login.GetProperty("apiKey").GetString());
        return new Dashboard(http);
    }

    /// <summary>The traces of requests that read one user.</summary>
    public async Task<IReadOnlyList<TracedRead>> ReadsAsync(long id) =>
        [.. (await TracesAsync()).Select(trace => TracedRead.Of([.. trace], $"USER::{id}")).OfType<TracedRead>()];

    /// <summary>The names of all traces' first spans.</summary>
    public async Task<IReadOnlyList<string>> RootsAsync() =>
        [.. (await TracesAsync()).SelectMany(trace => trace)
            .Where(span => !span.TryGetProperty("parentSpanId", out var parent) || parent.GetString() is "" or null)
            .Select(span => span.GetProperty("name").GetString()!)];

    public void Dispose() => api.Dispose();

    private async Task<ILookup<string?, JsonElement>> TracesAsync()
    {
        var answer = await api.GetFromJsonAsync<JsonElement>("/api/telemetry/traces?limit=10000");
        return answer.GetProperty("data").GetProperty("resourceSpans").EnumerateArray()
            .SelectMany(resource => resource.GetProperty("scopeSpans").EnumerateArray())
            .SelectMany(scope => scope.GetProperty("spans").EnumerateArray())
            .ToLookup(span => span.GetProperty("traceId").GetString());
    }
}

/// <summary>What one trace says of the read of one user.</summary>
/// <param name="Outcome">As the request's own span has it, by which the list of traces can be filtered.</param>
/// <param name="RedisCommands">In their order.</param>
/// <param name="ReadsDatabase">Whether it has a span of PostgreSQL.</param>
public sealed record TracedRead(string? Outcome, IReadOnlyList<string?> RedisCommands, bool ReadsDatabase)
{
    internal static TracedRead? Of(List<JsonElement> trace, string key)
    {
        trace.Sort((one, other) => string.CompareOrdinal(
            one.GetProperty("startTimeUnixNano").GetString(), other.GetProperty("startTimeUnixNano").GetString()));
        return trace.Exists(span => span.GetProperty("name").GetString() == "cache.get" && Attribute(span, "cache.key") == key)
            ? new TracedRead(
                Attribute(trace[0], "cache.outcome"),
                [.. trace.Where(span => Attribute(span, "db.system.name") == "redis").Select(span => Attribute(span, "db.operation.name"))],
                trace.Exists(span => Attribute(span, "db.system.name") == "postgresql"))
            : null;
    }

    private static string? Attribute(JsonElement span, string name) => span.GetProperty("attributes").EnumerateArray()
        .Where(attribute => attribute.GetProperty("key").GetString() == name)
        .SelectMany(attribute => attribute.GetProperty("value").EnumerateObject())
        .Select(value => value.Value.ToString())
        .FirstOrDefault();
}
