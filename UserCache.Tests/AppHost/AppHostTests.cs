using System.Net.Http.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace UserCache.Tests.AppHost;

/// <summary>The AppHost as a closed box, started as Aspire starts it, and looked at through its dashboard.</summary>
public abstract class AppHostTests(RunningAppHost running)
{
    /// <summary>One after the other: they have their generated secrets in common.</summary>
    public const string Lane = "apphost";

    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private DistributedApplication App => running.App;

    private ProjectResource Api => running.Api;

    [Fact]
    public async Task Miss_and_hit_show_on_the_dashboard_as_traces_of_which_only_the_miss_reads_the_database()
    {
        using var users = Users();
        var id = await users.CreateAsync();
        Assert.Equal("UserCache; fwd=uri-miss; stored", (await users.GetAsync(id)).CacheStatus);
        Assert.True((await users.GetAsync(id)).IsHit);

        using var dashboard = await Dashboard.LogInAsync(await App.GetDashboardUrlAsync(running.Limit));
        var reads = await Eventually.GetAsync(
            () => dashboard.ReadsAsync(id), reads => reads.Count == 2 && reads.Sum(read => read.RedisCommands.Count) >= 4, Patience);
        var miss = Assert.Single(reads, read => read.Outcome == "miss");
        Assert.Equal(["GET", "EVAL", "EVAL"], miss.RedisCommands);
        Assert.True(miss.ReadsDatabase, miss.ToString());
        var hit = Assert.Single(reads, read => read.Outcome == "hit");
        Assert.Equal(["GET"], hit.RedisCommands);
        Assert.False(hit.ReadsDatabase, hit.ToString());
    }

    [Fact]
    public async Task Trace_list_shows_what_clients_did_and_neither_probes_nor_the_console_nor_the_start()
    {
        using var users = Users();
        using var http = App.CreateHttpClient("apiservice", "http");
        await http.GetStringAsync("/health");
        Assert.Equal(JsonValueKind.Array, (await http.GetFromJsonAsync<JsonElement>("/console/activity")).GetProperty("samples").ValueKind);
        var id = await users.CreateAsync();
        await users.GetAsync(id);

        using var dashboard = await Dashboard.LogInAsync(await App.GetDashboardUrlAsync(running.Limit));
        await Eventually.GetAsync(() => dashboard.ReadsAsync(id), reads => reads.Count == 1, Patience);
        var roots = await dashboard.RootsAsync();
        Assert.Contains("POST /api/v1/users/", roots);
        // A change is relayed in a trace of its own; a command of the dashboard and its request make one.
        Assert.All(
            roots,
            root => Assert.Matches("^(GET|POST|PUT|DELETE) /api/v1/users|^cache.relay$|^(DELETE|POST) /?(cache/|users)", root));
    }

    [Fact]
    public async Task Commands_of_the_dashboard_flush_warm_and_add_users_and_say_so_in_words_and_as_JSON()
    {
        using var users = Users();
        var id = await users.CreateAsync();
        await RunAsync("flush-cache");
        await users.GetAsync(id);

        var flushed = await RunAsync("flush-cache");
        Assert.Equal(("1 entries were removed.", 1), (flushed.Message, flushed.Json.GetProperty("removed").GetInt32()));
        Assert.Equal("UserCache; fwd=uri-miss; stored", (await users.GetAsync(id)).CacheStatus);

        // One user has just been read, and a thousand came with the start.
        var warmed = await RunAsync("warm-cache", ("recent", "50"));
        Assert.Equal("49 of 50 users were filled, 1 were there already, 0 were not stored.", warmed.Message);
        Assert.Equal(49, warmed.Json.GetProperty("filled").GetInt32());
        Assert.Equal(0, (await RunAsync("add-demo-users")).Json.GetProperty("added").GetInt32());
    }

    [Fact]
    public async Task Api_is_shown_with_its_docs_and_its_console_by_name_and_asks_before_it_destroys()
    {
        var state = await App.ResourceNotifications.WaitForResourceAsync(
            "apiservice", state => state.Snapshot.Urls.Any(url => url.DisplayProperties.DisplayName == "Console"), running.Limit);
        using var http = App.CreateHttpClient("apiservice", "http");
        foreach (var (name, path) in new[] { ("Users API", "/"), ("API docs", "/docs"), ("Console", "/console/") })
        {
            var url = Assert.Single(state.Snapshot.Urls, url => url.DisplayProperties.DisplayName == name);
            Assert.Equal(path, new Uri(url.Url).AbsolutePath);
        }

        Assert.Contains("<title>", await http.GetStringAsync("/console/"), StringComparison.Ordinal);
        var commands = Api.Annotations.OfType<ResourceCommandAnnotation>().ToDictionary(command => command.Name);
        Assert.NotNull(commands["flush-cache"].ConfirmationMessage);
        Assert.All(["flush-cache", "warm-cache", "add-demo-users"], name => Assert.NotNull(commands[name].IconName));
    }

    [Fact]
    public async Task Redis_stopped_on_the_dashboard_is_bypassed_and_relied_on_again_when_it_is_started()
    {
        using var users = Users();
        var id = await users.CreateAsync();
        await users.GetHitAsync(id);

        await CommandAsync("cache", KnownResourceCommands.StopCommand);
        await Eventually.GetAsync(
            () => users.GetAsync(id), answer => answer.CacheStatus.Contains("fwd=bypass", StringComparison.Ordinal), Patience);
        var health = await users.GetAsync("/health");
        Assert.Equal((200, "Degraded"), (health.Status, health.Body));

        await CommandAsync("cache", KnownResourceCommands.StartCommand);
        await running.EachReplicaAsync(replica => replica.GetHitAsync(id));
    }

    // Of both replicas, whose endpoint is one.
    protected UsersClient Users() => new(App.GetEndpoint("apiservice", "http"));

    protected async Task CommandAsync(string resource, string command)
    {
        var result = await App.ResourceCommands.ExecuteCommandAsync(resource, command, running.Limit);
        Assert.True(result.Success, result.Message);
    }

    protected async Task<(string? Message, JsonElement Json)> RunAsync(string command, params (string Name, string Value)[] arguments)
    {
        var declared = Api.Annotations.OfType<ResourceCommandAnnotation>().Single(annotation => annotation.Name == command);
#pragma warning disable ASPIREINTERACTION001 // As in the AppHost.
        var inputs = declared.Arguments.Select(input => new InteractionInput
        {
            Name = input.Name, InputType = input.InputType, Value = arguments.Single(argument => argument.Name == input.Name).Value,
        });
        // On one replica, as the dashboard does: a command on all of them has no message of its own.
        var replica = (await App.ResourceNotifications.WaitForResourceHealthyAsync("apiservice", running.Limit)).ResourceId;
        var result = await App.ResourceCommands.ExecuteCommandAsync(
            replica, command, new InteractionInputCollection([.. inputs]), running.Limit);
#pragma warning restore ASPIREINTERACTION001
        Assert.True(result.Success, result.Message);
        Assert.Equal(CommandResultFormat.Json, result.Data!.Format);
        return (result.Message, JsonSerializer.Deserialize<JsonElement>(result.Data.Value));
    }
}

/// <summary>On every machine.</summary>
[Collection(Lane)]
public sealed class AppHostWithProcessesTests(AppHostWithProcesses running) : AppHostTests(running), IClassFixture<AppHostWithProcesses>
{
    // In containers, where a volume of the test's own would have to be cleared away, that is Aspire's affair.
    [Fact]
    public async Task Users_are_still_there_when_PostgreSQL_was_restarted_on_the_dashboard()
    {
        using var users = Users();
        var id = await users.CreateAsync();

        await CommandAsync("postgres", KnownResourceCommands.RestartCommand);

        await RunAsync("flush-cache");
        await running.EachReplicaAsync(
            replica => Eventually.GetAsync(() => replica.GetAsync(id), answer => answer.Status == 200, Patience));
    }
}

/// <summary>Where a container engine answers.</summary>
[Trait("Needs", "containers")]
[Collection(Lane)]
public sealed class AppHostWithContainersTests(AppHostWithContainers running) : AppHostTests(running), IClassFixture<AppHostWithContainers>;
