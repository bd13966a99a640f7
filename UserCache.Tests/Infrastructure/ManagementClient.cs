using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace UserCache.Tests.Infrastructure;

/// <summary>A replica's management port as an operator calls it.</summary>
public sealed class ManagementClient : IDisposable
{
    private readonly HttpClient _http;

    public ManagementClient()
        : this(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}")), Guid.NewGuid().ToString("N"))
    {
    }

    /// <param name="url">Where the port is.</param>
    /// <param name="key">What the operator takes for its key.</param>
    public ManagementClient(Uri url, string key)
    {
        (Url, Key) = (url, key);
        _http = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(30) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    public Uri Url { get; }

    public string Key { get; }

    /// <summary>The settings of the replica whose port this is.</summary>
    public (string Key, string Value)[] Settings => [("Management:Url", Url.OriginalString), ("Management:Key", Key)];

    public async Task<Answer> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await _http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    /// <summary>Calls what answers 200 with JSON.</summary>
    public async Task<JsonElement> CallAsync(HttpMethod method, string path, object? body = null)
    {
        var answer = await SendAsync(method, path, body);
        Assert.True(answer.Status == 200, answer.ToString());
        return answer.Json;
    }

    public Task<JsonElement> InspectAsync(long id) => CallAsync(HttpMethod.Get, $"/cache/users/{id}");

    /// <summary>The metrics, as a scraper sees them.</summary>
    public async Task<Metrics> ScrapeAsync() => Metrics.Parse(await _http.GetStringAsync("/metrics"));

    /// <summary>Scrapes again until the metrics are as expected.</summary>
    public Task<Metrics> ScrapeUntilAsync(Func<Metrics, bool> isExpected) => Eventually.GetAsync(ScrapeAsync, isExpected);

    public void Dispose() => _http.Dispose();
}
