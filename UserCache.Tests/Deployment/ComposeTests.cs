using System.Text.RegularExpressions;
using Microsoft.Extensions.Hosting;
using UserCache.ApiService;

namespace UserCache.Tests.Deployment;

/// <summary>A server of one's own: what compose.yaml starts fits together, and gives away no more than it must.</summary>
public sealed partial class ComposeTests : IAsyncLifetime
{
    private const string Proxy = "proxy";

    // A replica's own default, outside development.
    private static readonly TimeSpan ServesOn = TimeSpan.FromSeconds(5);

    private IReadOnlyDictionary<string, JsonElement> _services = null!;

    private IEnumerable<KeyValuePair<string, JsonElement>> Replicas =>
        _services.Where(service => service.Key.StartsWith("api-", StringComparison.Ordinal));

    public static TheoryData<string> EachChoice() => [.. ComposeFile.Choices.Keys];

    public async Task InitializeAsync() => _services = await ComposeFile.ReadAsync(ComposeFile.Choices);

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [MemberData(nameof(EachChoice))]
    public async Task Start_without_a_secret_or_a_choice_ends_with_a_sentence_that_names_it(string missing)
    {
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(
            () => ComposeFile.ReadAsync(ComposeFile.Choices.Where(choice => choice.Key != missing).ToDictionary()));

        Assert.Matches($"Set {missing} in \\.env[^']*$", refusal.Message);
    }

    [Fact]
    public void Every_service_leaves_its_files_alone_gains_no_rights_and_has_bounded_memory() => Assert.All(_services, service =>
    {
        Assert.True(service.Value.GetProperty("read_only").GetBoolean());
        Assert.Equal(["ALL"], Texts(service.Value, "cap_drop"));
        Assert.Equal(["no-new-privileges:true"], Texts(service.Value, "security_opt"));
        Assert.True(Bytes(service.Value.GetProperty("mem_limit")) > 0);
        // Who it is: the API's image has its own.
        Assert.True(Replicas.Contains(service) || service.Value.GetProperty("user").GetString() is not (null or "" or "root" or "0"));
    });

    [Fact]
    public void Only_the_proxy_is_reached_from_outside_and_only_the_replicas_reach_Redis_and_PostgreSQL()
    {
        Assert.Equal([Proxy], _services.Where(service => service.Value.TryGetProperty("ports", out _)).Select(service => service.Key));
        Assert.Equal(
            [.. Replicas.Select(replica => replica.Key), "postgres", "redis"],
            _services.Where(service => Names(service.Value, "networks").Contains("private")).Select(service => service.Key).Order());
    }

    [Fact]
    public async Task Service_accepts_the_settings_of_its_replicas_which_are_alike()
    {
        Assert.Equal(2, Replicas.Count());
        Assert.Single(Replicas.Select(replica => replica.Value.GetRawText()).Distinct());
        var settings = Settings();
        Assert.Equal("true", settings["Security__AllowAnonymous"]);

        // What the tests' own servers are let off.
        settings.TryAdd("Security__AllowUnencrypted", "false");
        // With one that is bad, so that it starts nothing: that one is all it has to say.
        settings["Cache__Jitter"] = "2";
        await using var api = new ApiServer(FreePort.Next(), settings);
        var message = (await Assert.ThrowsAsync<InvalidOperationException>(() => api.StartAsync())).Message;

        Assert.Matches(@"UserCache\.ApiService does not start: Jitter: The field \S+ must be between 0 and 0\.5\.$", message);
    }

    [Fact]
    public void Replicas_sign_in_where_Redis_and_PostgreSQL_are_and_leave_connections_for_others()
    {
        var settings = Settings();
        Assert.True(ConnectionStrings.TryParseRedis(settings["ConnectionStrings__cache"], out var redis));
        Assert.True(ConnectionStrings.TryParsePostgres(settings["ConnectionStrings__usersdb"], out var given));
        var database = new NpgsqlConnectionStringBuilder(given);
        var server = _services[database.Host!].GetProperty("environment");
        var options = ConfigurationOptions.Parse(redis.Options);

        Assert.Equal("redis:6379", Assert.Single(options.EndPoints).ToString()!.Split('/')[^1]);
        Assert.Equal(_services["redis"].GetProperty("environment").GetProperty("REDIS_PASSWORD").GetString(), options.Password);
        Assert.Equal(
            (server.GetProperty("POSTGRES_DB").GetString(), server.GetProperty("POSTGRES_USER").GetString(),
                server.GetProperty("POSTGRES_PASSWORD").GetString()),
            (database.Database, database.Username, database.Password));
        // A replica's relay has two of its own. Ten are for whoever looks after it, three of them the server's own reserve.
        var connections = Connections().Match(Command("postgres")).Groups["number"].Value;
        Assert.InRange(
            Replicas.Count() * (database.MaxPoolSize + 2) + 10, 1, int.Parse(connections, CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Redis_evicts_nothing_persists_nothing_and_its_memory_holds_its_data_and_a_quarter_more()
    {
        var command = Command("redis");

        Assert.Contains("maxmemory-policy noeviction\n", command, StringComparison.Ordinal);
        Assert.Contains("save \"\"\n", command, StringComparison.Ordinal);
        Assert.True(
            Bytes(MaxMemory().Match(command).Groups["size"].Value) * 5 / 4 <= Bytes(_services["redis"].GetProperty("mem_limit")), command);
    }

    [Fact]
    public void Replica_has_the_time_to_serve_on_and_to_finish_before_it_is_killed() => Assert.All(Replicas, replica => Assert.True(
        TimeSpan.FromSeconds(double.Parse(
            replica.Value.GetProperty("stop_grace_period").GetString()!.TrimEnd('s'), CultureInfo.InvariantCulture))
        > ServesOn + new HostOptions().ShutdownTimeout));

    [Fact]
    public async Task Proxy_asks_every_replica_whether_it_is_ready()
    {
        var proxy = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "infra", "Caddyfile"));

        Assert.Contains(
            $"reverse_proxy {string.Join(' ', Replicas.Select(replica => $"{replica.Key}:8080"))} {{", proxy, StringComparison.Ordinal);
        Assert.Contains("health_uri /health\n", proxy, StringComparison.Ordinal);
    }

    // What is left to .env and not there is null.
    private Dictionary<string, string> Settings() => Replicas.First().Value.GetProperty("environment").EnumerateObject()
        .Where(setting => setting.Value.ValueKind != JsonValueKind.Null)
        .ToDictionary(setting => setting.Name, setting => setting.Value.ToString());

    private string Command(string service) => string.Join(' ', Texts(_services[service], "command"));

    private static IEnumerable<string> Texts(JsonElement service, string list) =>
        service.GetProperty(list).EnumerateArray().Select(text => text.GetString()!);

    // A list, or with a value for each.
    private static IEnumerable<string> Names(JsonElement service, string names) =>
        service.GetProperty(names) is { ValueKind: JsonValueKind.Object } map
            ? map.EnumerateObject().Select(member => member.Name)
            : Texts(service, names);

    private static long Bytes(JsonElement size) => Bytes(size.ToString());

    private static long Bytes(string size) => Size().Match(size) is { Success: true } match
        ? long.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture) << match.Groups["unit"].Value switch
        {
            "k" => 10,
            "m" => 20,
            "g" => 30,
            _ => 0,
        }
        : throw new FormatException($"{size} is no size.");

    [GeneratedRegex(@"^(?<number>\d+)(?<unit>[kmg]?)b?$")]
    private static partial Regex Size();

    [GeneratedRegex(@"max_connections=(?<number>\d+)")]
    private static partial Regex Connections();

    [GeneratedRegex(@"maxmemory (?<size>\w+)")]
    private static partial Regex MaxMemory();
}
