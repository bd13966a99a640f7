using System.Net.Http.Headers;

namespace UserCache.Tests.Operations;

/// <summary>Who may call what, and where.</summary>
[Collection(OperationsGroup.Name)]
public sealed class ManagementPortTests(App app)
{
    private static readonly (HttpMethod Method, string Path)[] Calls =
    [
        (HttpMethod.Get, "/cache/users/1"),
        (HttpMethod.Delete, "/cache/users/1"),
        (HttpMethod.Delete, "/cache/users"),
        (HttpMethod.Post, "/cache/users/warm"),
        (HttpMethod.Post, "/users/demo"),
        (HttpMethod.Get, "/metrics"),
    ];

    [Fact]
    public async Task Public_port_answers_404_to_every_management_call_whatever_the_client_says()
    {
        using var http = new HttpClient { BaseAddress = app.Api.Url };
        foreach (var (method, path) in Calls)
        {
            foreach (var host in new[] { app.Api.Url.Authority, app.Management.Url.Authority })
            {
                using var request = new HttpRequestMessage(method, path);
                request.Headers.Host = host;
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", app.Management.Key);
                using var response = await http.SendAsync(request);
                Assert.True((int)response.StatusCode == 404, $"{method} {path} as {host}: {response.StatusCode}");
            }
        }
    }

    [Fact]
    public async Task Management_port_answers_404_to_every_public_call()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, ("Console:Enabled", "true"));

        foreach (var path in new[]
        {
            "/api/v1/users/1", "/api/v1/users", "/openapi/v1.json", "/docs", "/console/", "/console/activity", "/health",
        })
        {
            Assert.Equal(404, (await fleet.Management.SendAsync(HttpMethod.Get, path)).Status);
        }
    }

    [Fact]
    public async Task Missing_or_wrong_key_is_answered_401_and_logged_without_the_key()
    {
        using var http = new HttpClient { BaseAddress = app.Management.Url };
        var (right, attempt) = (app.Management.Key, $"/attempt-{Guid.NewGuid():N}");
        string?[] wrong =
        [
            null, "Bearer", "Bearer ", "Bearer wrong", $"Basic {right}", right, $"Bearer {right}x", $"Bearer  {right}",
            $"Bearer {right.ToUpperInvariant()}",
        ];

        foreach (var authorization in wrong)
        {
            foreach (var (method, path) in Calls.Append((HttpMethod.Get, attempt)))
            {
                using var request = new HttpRequestMessage(method, path);
                Assert.True(authorization is null || request.Headers.TryAddWithoutValidation("Authorization", authorization));
                using var response = await http.SendAsync(request);
                Assert.True((int)response.StatusCode == 401, $"{method} {path} with {authorization}: {response.StatusCode}");
                Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
                Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            }
        }

        await Eventually.TimesLoggedAsync(app.Api, wrong.Length, 400, "GET", attempt, "127.0.0.1");
        Assert.DoesNotContain(app.Api.Log.GetSnapshot(), record => record.Message.Contains(right, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Key_from_a_file_that_ends_in_a_new_line_is_known_without_it()
    {
        using var management = new ManagementClient();
        var (url, key) = (management.Settings[0], management.Settings[1]);
        await using var api = await App.StartReplicaAsync(
            app.Redis.ConnectionString, app.Postgres.ConnectionString, url, (key.Key, $"{key.Value}\n"));

        Assert.Equal(200, (await management.SendAsync(HttpMethod.Get, "/checks")).Status);
    }

    [Fact]
    public async Task Body_that_is_compressed_is_refused_with_what_to_do()
    {
        using var http = new HttpClient { BaseAddress = app.Management.Url };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", app.Management.Key);
        using var body = new StringContent("{\"recent\": 1}", new MediaTypeHeaderValue("application/json"));
        body.Headers.ContentEncoding.Add("gzip");

        using var response = await http.PostAsync("/cache/users/warm", body);

        Assert.Equal(415, (int)response.StatusCode);
        Assert.Contains("send it as it is", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_management_url_there_is_no_such_port()
    {
        await using var api = await App.StartReplicaAsync(app.Redis.ConnectionString, app.Postgres.ConnectionString);

        Assert.Single(api.Log.GetSnapshot(), record => record.Id.Name == "ListeningOnAddress");
    }
}
