using System.Net;
using System.Net.Http.Json;

namespace UserCache.Tests.Chaos;

/// <summary>The API's calls as operations: whatever comes back, or does not, is written down and never thrown.</summary>
internal sealed class ApiCalls(IReadOnlyList<Uri> replicas) : IDisposable
{
    // Longer than the service may take over any call; who waits for so long is told that it makes no sense.
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public async Task<Operation> ReadAsync(int client, int replica, int key) =>
        (await SendAsync(OperationKind.Read, client, replica, [key], HttpMethod.Get, $"/{Text(key)}", body: null, UserAnswer.FromUser))[0];

    public Task<Operation[]> ReadManyAsync(int client, int replica, IReadOnlyList<int> keys) =>
        SendAsync(
            OperationKind.Read, client, replica, keys, HttpMethod.Get,
            $"?ids={string.Join(',', keys.Select(Text))}", body: null, UserAnswer.FromBatch);

    public async Task<Operation> WriteAsync(int client, int replica, int key, string username, string email)
    {
        using var body = JsonContent.Create(new { username, email });
        return (await SendAsync(
            OperationKind.ApiWrite, client, replica, [key], HttpMethod.Put, $"/{Text(key)}", body, UserAnswer.FromUser))[0];
    }

    public void Dispose() => _http.Dispose();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task<Operation[]> SendAsync(
        OperationKind kind, int client, int replica, IReadOnlyList<int> keys, HttpMethod method, string path, HttpContent? body,
        Func<HttpResponseMessage, string, int, UserAnswer> parse)
    {
        using var request = new HttpRequestMessage(method, new Uri(replicas[replica], UsersClient.Path + path)) { Content = body };
        var begin = Stopwatch.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            var end = Stopwatch.GetTimestamp();
            return [.. keys.Select(key =>
            {
                var answer = response.StatusCode switch
                {
                    HttpStatusCode.OK => parse(response, text, key),
                    HttpStatusCode.NotFound => new UserAnswer(Outcome.NotFound),
                    HttpStatusCode.ServiceUnavailable => new UserAnswer(Outcome.Unavailable),
                    var status => new UserAnswer(Outcome.Senseless, Detail: $"status {Text((int)status)}: {text}"),
                };
                return new Operation(
                    kind, client, replica, key, begin, end,
                    answer.Outcome, answer.Version, answer.Content, answer.IsHit, answer.IsNear, answer.Detail);
            })];
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return Failed(Outcome.Lost, failure.GetBaseException().Message);
        }
        catch (TaskCanceledException)
        {
            return Failed(Outcome.Senseless, $"no answer within {_http.Timeout.TotalSeconds} s");
        }

        Operation[] Failed(Outcome outcome, string detail)
        {
            var end = Stopwatch.GetTimestamp();
            return [.. keys.Select(key => new Operation(kind, client, replica, key, begin, end, outcome, Detail: detail))];
        }
    }
}

/// <summary>What an answer says of one user.</summary>
internal readonly record struct UserAnswer(
    Outcome Outcome, long Version = 0, int Content = 0, bool IsHit = false, bool IsNear = false, string? Detail = null)
{
    /// <summary>What reads compare: everything a writer sets.</summary>
    public static int ContentOf(string? username, string? email) => HashCode.Combine(username, email);

    public static UserAnswer FromUser(HttpResponseMessage response, string text, int key) => Parse(text, json =>
    {
        var answer = FromData(json.GetProperty("data"), key, response);
        return response.Headers.ETag?.Tag == string.Create(CultureInfo.InvariantCulture, $"\"{answer.Version}\"")
            ? answer
            : new UserAnswer(Outcome.Senseless, Detail: $"ETag {response.Headers.ETag}, but {text}");
    });

    public static UserAnswer FromBatch(HttpResponseMessage response, string text, int key) => Parse(text, json =>
        json.GetProperty("missing").EnumerateArray().Any(id => id.GetInt32() == key)
            ? new UserAnswer(Outcome.NotFound)
            : FromData(json.GetProperty("data").EnumerateArray().Single(user => user.GetProperty("id").GetInt32() == key), key, response));

    private static UserAnswer Parse(string text, Func<JsonElement, UserAnswer> parse)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return parse(document.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return new UserAnswer(Outcome.Senseless, Detail: $"{failure.Message} in {text}");
        }
    }

    private static UserAnswer FromData(JsonElement user, int key, HttpResponseMessage response)
    {
        var status = response.Headers.TryGetValues("Cache-Status", out var values) ? string.Join(", ", values) : "";
        return user.GetProperty("id").GetInt32() != key
            ? new UserAnswer(Outcome.Senseless, Detail: $"asked for user {key.ToString(CultureInfo.InvariantCulture)}, got {user}")
            : new UserAnswer(
                status.Contains("detail=invalidation-pending", StringComparison.Ordinal) ? Outcome.Pending : Outcome.Ok,
                user.GetProperty("version").GetInt64(),
                ContentOf(user.GetProperty("username").GetString(), user.GetProperty("email").GetString()),
                status.StartsWith("UserCache; hit", StringComparison.Ordinal),
                status.EndsWith("detail=near", StringComparison.Ordinal));
    }
}
