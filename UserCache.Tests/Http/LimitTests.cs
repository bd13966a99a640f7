using System.Net.Http.Json;

namespace UserCache.Tests.Http;

/// <summary>What one client, or all of them, may make the service hold.</summary>
[Collection(OutagesGroup.Name)]
public sealed class LimitTests(App app)
{
    private const int Clients = 60;
    private const int BodyBytes = 10 * 1024 * 1024;
    private const long MaxGrowth = 100 * 1024 * 1024;

    [Fact]
    public async Task Sixty_bodies_of_ten_megabytes_are_refused_and_cost_no_memory()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, processes: 1);
        var replica = fleet.Replicas[0];
        Assert.Equal(201, (await replica.Users.PostAsync(new { username = UsersClient.NewName() })).Status);
        var before = MemoryOf(replica.Process.Pid);
        var body = $$"""{"username": "{{new string('x', BodyBytes)}}"}""";

        var answers = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(() => PostAsync(replica.Url, body))));

        // Whoever has more to send when the service hangs up may not get to read the answer.
        Assert.All(answers, answer => Assert.StartsWith(answer.Length == 0 ? "" : "HTTP/1.1 413", answer, StringComparison.Ordinal));
        Assert.InRange(MemoryOf(replica.Process.Pid) - before, long.MinValue, MaxGrowth);
        Assert.Equal(201, (await replica.Users.PostAsync(new { username = UsersClient.NewName() })).Status);
    }

    [Fact]
    public async Task Warm_up_of_as_many_users_as_there_may_be_fits_and_a_larger_one_does_not()
    {
        var most = Enumerable.Range(0, 100_000).Select(number => long.MaxValue - number);

        (await WarmAsync(most.Append(1))).ShouldBeProblem(400, "ids must name 1 to 100000 users");
        (await WarmAsync(most.Concat(most.Take(10_000)))).ShouldBeProblem(413, "the limit is 2101024 bytes");
    }

    [Fact]
    public async Task Servers_limits_are_what_the_settings_say()
    {
        await using var api = await App.StartReplicaAsync(
            app.Redis.ConnectionString,
            app.Postgres.ConnectionString,
            ("Kestrel:Limits:MaxRequestBodySize", "40"),
            ("Kestrel:Limits:MaxRequestHeaderCount", "5"),
            ("Kestrel:Limits:MaxConcurrentConnections", "3"),
            ("Kestrel:Limits:MinRequestBodyDataRate:BytesPerSecond", "1000000"),
            ("Kestrel:Limits:MinRequestBodyDataRate:GracePeriod", "00:00:01.5"));

        (await api.Users.PostAsync(new { username = new string('x', 50) })).ShouldBeProblem(413, "the limit is 40 bytes");
        Assert.Equal(431, (await api.Users.GetAsync("/alive", [.. Enumerable.Range(0, 6).Select(number => ($"X-{number}", "x"))])).Status);

        using var slow = await RawHttp.SendAsync(
            api.Url, $"POST {UsersClient.Path} HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: 20\n\n{{");
        Assert.StartsWith("HTTP/1.1 408", await slow.ReadToEndAsync(), StringComparison.Ordinal);

        var open = new List<RawHttp>();
        try
        {
            for (var connection = 0; connection < 4; connection++)
            {
                open.Add(await RawHttp.SendAsync(api.Url, "GET /alive HTTP/1.1\n"));
            }

            // The one that was too many, or more: the tests' own client may keep one open.
            Assert.Equal("", await open[^1].ReadToEndAsync());
        }
        finally
        {
            open.ForEach(connection => connection.Dispose());
        }
    }

    private async Task<Answer> WarmAsync(IEnumerable<long> ids)
    {
        using var http = new HttpClient { BaseAddress = app.Management.Url };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/cache/users/warm") { Content = JsonContent.Create(new { ids }) };
        request.Headers.Authorization = new("Bearer", app.Management.Key);
        // Waits for the answer before it sends what would not be read.
        request.Headers.ExpectContinue = true;
        using var response = await http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    private static async Task<string> PostAsync(Uri service, string body)
    {
        using var client = await RawHttp.SendAsync(
            service,
            $"POST {UsersClient.Path} HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: {body.Length}\n\n{body}");
        return await client.ReadToEndAsync();
    }

    private static long MemoryOf(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return process.WorkingSet64;
    }
}
