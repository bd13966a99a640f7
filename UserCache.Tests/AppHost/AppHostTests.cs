using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using UserCache.Tests.Infrastructure;

namespace UserCache.Tests.AppHost;

/// <summary>The AppHost as a closed box: real containers, started as Aspire starts them.</summary>
[Trait("Needs", "containers")]
public sealed class AppHostTests(RunningAppHost running) : IClassFixture<RunningAppHost>
{
    private DistributedApplication App => running.App;

    private ProjectResource Api => App.Services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<ProjectResource>().Single();

    [Fact]
    public async Task Graph_becomes_healthy_users_are_read_through_the_cache_and_the_dashboards_commands_work()
    {
        using var users = new UsersClient(App.GetEndpoint("apiservice", "http"));
        var id = await users.CreateAsync();
        var miss = await users.GetAsync(id);
        var hit = await users.GetAsync(id);
        Assert.Equal("UserCache; fwd=uri-miss; stored", miss.CacheStatus);
        Assert.StartsWith("UserCache; hit", hit.CacheStatus, StringComparison.Ordinal);
        Assert.Equal(miss.Body, hit.Body);

        Assert.Equal("1 entries were removed.", await RunAsync("flush-cache"));
        Assert.Equal("UserCache; fwd=uri-miss; stored", (await users.GetAsync(id)).CacheStatus);
        // One user has just been read, and a thousand came with the start.
        Assert.Matches(@"^49 of 50 users were filled, 1 were there already, 0 were not stored\.$", await RunAsync("warm-cache", ("recent", "50")));
        Assert.Equal("0 users were added.", await RunAsync("add-demo-users"));
    }

    [Fact]
    public async Task Dashboard_shows_the_api_its_docs_and_its_console_by_name_and_asks_before_it_destroys()
    {
        var state = await App.ResourceNotifications.WaitForResourceAsync(
            "apiservice", state => state.Snapshot.Urls.Any(url => url.DisplayProperties.DisplayName == "Console"), running.Limit);
        foreach (var (name, path) in new[] { ("Users API", "/"), ("API docs", "/docs"), ("Console", "/console/") })
        {
            var url = Assert.Single(state.Snapshot.Urls, url => url.DisplayProperties.DisplayName == name);
            Assert.Equal(path, new Uri(url.Url).AbsolutePath);
        }

        using var http = App.CreateHttpClient("apiservice", "http");
        Assert.Contains("<title>", await http.GetStringAsync("/console/"), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Array, (await http.GetFromJsonAsync<JsonElement>("/console/activity")).GetProperty("samples").ValueKind);

        var commands = Api.Annotations.OfType<ResourceCommandAnnotation>().ToDictionary(command => command.Name);
        Assert.NotNull(commands["flush-cache"].ConfirmationMessage);
        Assert.All(["flush-cache", "warm-cache", "add-demo-users"], name => Assert.NotNull(commands[name].IconName));
    }

    private async Task<string?> RunAsync(string command, params (string Name, string Value)[] arguments)
    {
        var declared = Api.Annotations.OfType<ResourceCommandAnnotation>().Single(annotation => annotation.Name == command);
#pragma warning disable ASPIREINTERACTION001 // As in the AppHost.
        var inputs = declared.Arguments.Select(input => new InteractionInput
        {
            Name = input.Name, InputType = input.InputType, Value = arguments.Single(argument => argument.Name == input.Name).Value,
        });
        // On one replica, as the dashboard does: a command on all of them has no message of its own.
        var replica = (await App.ResourceNotifications.WaitForResourceHealthyAsync("apiservice", running.Limit)).ResourceId;
        var result = await App.ResourceCommands.ExecuteCommandAsync(replica, command, new InteractionInputCollection([.. inputs]), running.Limit);
#pragma warning restore ASPIREINTERACTION001
        Assert.True(result.Success, result.Message);
        return result.Message;
    }
}
