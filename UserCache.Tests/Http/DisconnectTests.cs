using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;

namespace UserCache.Tests.Http;

/// <summary>Clients that leave before they have their answer: nothing to be alarmed about.</summary>
[Collection(OutagesGroup.Name)]
public sealed class DisconnectTests(App app)
{
    // The server's word that a client has reset its connection, at a level that is off otherwise.
    private const int ConnectionReset = 19;
    private const string Route = "http.route";
    private const string UnderWay = "http_server_active_requests";
    private const string Status = "http.response.status_code";

    private static readonly (string Key, string Value) TellOfConnections =
        ("Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets", "Debug");

    [Fact]
    public async Task Client_that_leaves_while_its_answer_is_on_the_way_is_no_error()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1, TellOfConnections);
        var replica = fleet.Replicas[0];
        var cached = await fleet.AddUserAsync();
        var (single, batched) = (await fleet.AddUserAsync("single"), await fleet.AddUserAsync("batched"));
        await replica.Users.GetHitAsync(cached);
        using var answers = replica.Api.CollectAnswers();

        await LeaveAsync(replica, $"{cached}", replica.ToRedis, Direction.ToServer, $"USER::{cached}");
        await LeaveAsync(replica, $"{single}", replica.ToDatabase, Direction.ToClient, "single");
        await LeaveAsync(replica, $"?ids={batched}", replica.ToDatabase, Direction.ToClient, "batched");
        await LeaveAsync(replica, "?limit=100", replica.ToDatabase, Direction.ToClient, "batched");

        await Eventually.GetAsync(() => Task.FromResult(OfUsers(answers).Count), count => count >= 4);
        AssertNoError(replica, answers);
    }

    [Theory]
    [InlineData("Content-Length: 100\n\n{\"username\": \"x", true)]
    [InlineData("Content-Length: 100\n\n{\"username\": \"x", false)]
    [InlineData("Transfer-Encoding: chunked\n\n64\n{\"username\": \"x", true)]
    [InlineData("Transfer-Encoding: chunked\n\n64\n{\"username\": \"x", false)]
    public async Task Client_that_leaves_in_the_middle_of_its_body_is_no_error(string rest, bool isReset)
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var replica = fleet.Replicas[0];
        using var answers = replica.Api.CollectAnswers();
        using var client = await RawHttp.SendAsync(
            replica.Url, $"POST {UsersClient.Path} HTTP/1.1\nHost: localhost\nContent-Type: application/json\n{rest}");
        await replica.Management.ScrapeUntilAsync(metrics => metrics[UnderWay, "http_request_method", "POST"] == 1);

        if (isReset)
        {
            client.Reset();
        }
        else
        {
            client.EndSending();
        }

        await replica.Management.ScrapeUntilAsync(metrics => metrics[UnderWay, "http_request_method", "POST"] == 0);
        AssertNoError(replica, answers);
        Assert.Equal(0, await fleet.Database.ScalarAsync<long>("SELECT count(*) FROM users"));
    }

    // Leaves when the request has come as far as a text on the way to a server, or back.
    private static async Task LeaveAsync(Replica replica, string users, TcpProxy network, Direction direction, string text)
    {
        var left = replica.Api.Log.GetSnapshot().Count(record => record.Id.Id == ConnectionReset);
        var held = network.HoldFrom(direction, text);
        var path = users.StartsWith('?') ? users : $"/{users}";
        using var client = await RawHttp.SendAsync(replica.Url, $"GET {UsersClient.Path}{path} HTTP/1.1\nHost: localhost\n\n");
        await held;
        client.Reset();
        await Eventually.TimesLoggedAsync(replica.Api, left + 1, ConnectionReset);
        network.Release();
    }

    private static List<CollectedMeasurement<double>> OfUsers(MetricCollector<double> answers) =>
        [.. answers.GetMeasurementSnapshot().Where(answer =>
            answer.Tags.GetValueOrDefault(Route) is string route && route.StartsWith(UsersClient.Path, StringComparison.Ordinal))];

    private static void AssertNoError(Replica replica, MetricCollector<double> answers)
    {
        Assert.DoesNotContain(OfUsers(answers), answer => answer.Tags[Status] is >= 500);
        Assert.DoesNotContain(replica.Api.Log.GetSnapshot(), record => record.Level >= LogLevel.Error);
    }
}
