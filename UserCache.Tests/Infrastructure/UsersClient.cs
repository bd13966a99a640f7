using System.Net.Http.Json;
using System.Text;

namespace UserCache.Tests.Infrastructure;

/// <summary>The users' calls as a client makes them.</summary>
public sealed class UsersClient(HttpClient http) : IDisposable
{
    public const string Path = "/api/v1/users";

    public UsersClient(Uri service)
        // Without spans of its own: a replica in this process would continue their traces.
        : this(new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null })
        {
            BaseAddress = service,
            Timeout = TimeSpan.FromSeconds(30),
        })
    {
    }

    public static string NewName() => $"test-{Guid.NewGuid():N}";

    public Task<Answer> GetAsync(long id, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, $"{Path}/{id.ToString(CultureInfo.InvariantCulture)}", body: null, headers);

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, body: null, headers);

    /// <summary>Reads until the answer comes from the cache.</summary>
    public Task<Answer> GetHitAsync(long id) => Eventually.GetAsync(() => GetAsync(id), answer => answer.IsHit);

    /// <summary>Waits until all that the service relies on is there; a moment's delay counts as degraded.</summary>
    public Task<Answer> BecomesHealthyAsync() =>
        Eventually.GetAsync(() => GetAsync("/health"), answer => answer.StatusAndBody == (200, "Healthy"));

    public Task<Answer> GetManyAsync(params IEnumerable<long> ids) => GetAsync($"{Path}?ids={string.Join(',', ids)}");

    public Task<Answer> HeadAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Head, path, body: null, headers);

    public Task<Answer> PostAsync(object body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, Path, JsonContent.Create(body), headers);

    public Task<Answer> PostTextAsync(
        string text, string? contentType = "application/json", params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, Path, TextBody(text, contentType), headers);

    /// <summary>Sends a call that need not be one of the users', with a body unless that is <see langword="null"/>.</summary>
    public Task<Answer> SendTextAsync(HttpMethod method, string path, string? text) =>
        SendAsync(method, path, text is null ? null : TextBody(text, "application/json"));

    public Task<Answer> PutAsync(long id, object body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Put, $"{Path}/{id.ToString(CultureInfo.InvariantCulture)}", JsonContent.Create(body), headers);

    public Task<Answer> DeleteAsync(long id, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Delete, $"{Path}/{id.ToString(CultureInfo.InvariantCulture)}", body: null, headers);

    /// <summary>Creates a user with a name of its own.</summary>
    /// <returns>The id.</returns>
    public async Task<long> CreateAsync(string? username = null)
    {
        var answer = await PostAsync(new { username = username ?? NewName() });
        Assert.Equal(201, answer.Status);
        return answer.Data.GetProperty("id").GetInt64();
    }

    public void Dispose() => http.Dispose();

    private static ByteArrayContent TextBody(string text, string? contentType)
    {
        var body = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        Assert.True(contentType is null || body.Headers.TryAddWithoutValidation("Content-Type", contentType));
        return body;
    }

    private async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value) || body!.Headers.TryAddWithoutValidation(name, value));
        }

        using var response = await http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }
}

/// <summary>What came back.</summary>
public sealed record Answer(int Status, string Body, string? MediaType, IReadOnlyDictionary<string, string> Headers)
{
    public static async Task<Answer> ReadAsync(HttpResponseMessage response) => new(
        (int)response.StatusCode,
        await response.Content.ReadAsStringAsync(),
        response.Content.Headers.ContentType?.MediaType,
        response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));

    public string CacheStatus => Headers["Cache-Status"];

    public bool IsHit => CacheStatus.StartsWith("UserCache; hit", StringComparison.Ordinal);

    public string? ETag => Headers.GetValueOrDefault("ETag");

    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    public JsonElement Data => Json.GetProperty("data");

    public string? Username => Data.GetProperty("username").GetString();

    public (int Status, string Body) StatusAndBody => (Status, Body);

    public (int Status, string? ETag) StatusAndETag => (Status, ETag);

    public (string? Username, string CacheStatus) UsernameAndStatus => (Username, CacheStatus);

    public override string ToString() => $"{Status} ({Headers.GetValueOrDefault("Cache-Status")}) {Body}";

    /// <summary>Asserts that this is a problem-details answer, and what it says.</summary>
    /// <param name="status">Of the answer.</param>
    /// <param name="saying">One of these is in its sentences.</param>
    public void ShouldBeProblem(int status, params string[] saying)
    {
        Assert.Equal((status, "application/problem+json"), (Status, MediaType));
        var text = string.Join(' ', Texts(Json));
        Assert.True(Array.Exists(saying, sentence => text.Contains(sentence, StringComparison.Ordinal)), text);
    }

    // The sentences of the answer: title and detail, and those of each field.
    private static IEnumerable<string?> Texts(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => [json.GetString()],
        JsonValueKind.Object => json.EnumerateObject().SelectMany(member => Texts(member.Value)),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Texts),
        _ => [],
    };
}
