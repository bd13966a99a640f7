using Microsoft.Extensions.Hosting;
using YamlDotNet.RepresentationModel;

namespace UserCache.Tests.Deployment;

/// <summary>The service and what is made for it agree on what would otherwise keep it from starting, or from being right.</summary>
[Collection(DeploymentGroup.Name)]
public sealed class AgreementTests(Bicep bicep) : IDisposable
{
    private readonly DeploymentFiles _files = new();

    public static TheoryData<string, string> Kinds => new() { { "small", "false" }, { "small", "true" }, { "production", "false" } };

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Redis_is_reached_by_TLS_at_its_port_and_evicts_nothing(string size, string keys)
    {
        var (plan, _, settings) = await DeployAsync(size, keys);
        var redis = plan.Properties("Microsoft.Cache/redisEnterprise/databases");
        var connection = ConfigurationOptions.Parse(settings["ConnectionStrings__cache"]);

        Assert.Equal("NoEviction", redis.GetProperty("evictionPolicy").GetString());
        Assert.Equal(("Encrypted", true), (redis.GetProperty("clientProtocol").GetString(), connection.Ssl));
        Assert.EndsWith(
            $".hostName.example.com:{redis.GetProperty("port")}", $"{Assert.Single(connection.EndPoints)}", StringComparison.Ordinal);
        Assert.Equal(
            keys == "true" ? ("Enabled", true) : ("Disabled", false),
            (redis.GetProperty("accessKeysAuthentication").GetString(), connection.Password is not null));
        Assert.Equal(keys == "true", connection.User is null);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task PostgreSQL_is_reached_by_TLS_and_has_the_database_and_the_connections_that_the_service_uses(string size, string keys)
    {
        var (plan, _, settings) = await DeployAsync(size, keys);
        var database = plan.Name("Microsoft.DBforPostgreSQL/flexibleServers/databases");
        var connection = new NpgsqlConnectionStringBuilder(settings[$"ConnectionStrings__{database}"]);

        Assert.Contains($"ConnectionStrings__{database}", (await Manifest.GetAsync()).Settings.Keys);
        Assert.Equal((database, SslMode.VerifyFull), (connection.Database, connection.SslMode));
        Assert.EndsWith(".fullyQualifiedDomainName.example.com", connection.Host, StringComparison.Ordinal);
        Assert.Equal(
            Number(settings["Cache__MaxLoads"]) + Number(settings["Database__MaxWrites"]) + Number(settings["Database__MaxPages"]),
            connection.MaxPoolSize);
        Assert.Equal(
            keys == "true" ? ("Enabled", true) : ("Disabled", false),
            (plan.Properties("Microsoft.DBforPostgreSQL/flexibleServers").GetProperty("authConfig").GetProperty("passwordAuth").GetString(),
                connection.Password is not null));
        Assert.False(string.IsNullOrEmpty(connection.Username));
    }

    [Theory]
    [InlineData("small", "false", "anonymous")]
    [InlineData("small", "true", "anonymous")]
    [InlineData("production", "false", "tokens")]
    public async Task Service_finds_no_fault_with_the_settings_of_the_container_app(string size, string keys, string access) =>
        Assert.Equal(
            "UserCache.ApiService does not start: BatchSize: The field InvalidationOptions.BatchSize must be between 1 and 10000.",
            await RefusalAsync((await DeployAsync(size, keys, access)).Settings));

    [Fact]
    public async Task Service_finds_the_fault_where_the_container_app_has_more_under_way_than_connections()
    {
        var settings = (await DeployAsync("small")).Settings;
        settings["Database__MaxPages"] += "0";

        Assert.Contains("together must not be more than the connections", await RefusalAsync(settings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replica_that_ends_is_seen_not_to_be_ready_before_it_stops_serving_and_has_the_time_for_both()
    {
        var (_, app, settings) = await DeployAsync("small");
        var readiness = app.Probe("Readiness");
        var drain = TimeSpan.Parse(settings["Shutdown__Drain"], CultureInfo.InvariantCulture);

        // The first probe may come just before it says so.
        Assert.True(Seconds(readiness["periodSeconds"]) * Number($"{readiness["failureThreshold"]}") < drain);
        Assert.True(drain + new HostOptions().ShutdownTimeout < Seconds(app.Template["terminationGracePeriodSeconds"]));

        static TimeSpan Seconds(YamlNode node) => TimeSpan.FromSeconds(Number($"{node}"));
    }

    [Fact]
    public async Task Container_app_opens_the_service_to_the_world_and_the_management_port_to_its_environment_alone()
    {
        var (_, app, settings) = await DeployAsync("small");
        var ingress = app.Configuration["ingress"];
        var inside = Assert.Single(ContainerApp.List(ingress["additionalPortMappings"]));

        Assert.Equal(("true", settings["HTTP_PORTS"]), ($"{ingress["external"]}", $"{ingress["targetPort"]}"));
        Assert.Equal(
            ("false", new Uri(settings["Management__Url"].Replace("*", "localhost", StringComparison.Ordinal)).Port),
            ($"{inside["external"]}", Number($"{inside["targetPort"]}")));
    }

    [Theory]
    [InlineData("anonymous", "True", "False", null, null)]
    [InlineData("tokens", "False", "False", "https://login.example.com/v2.0", "usercache")]
    [InlineData("tokens-to-read", "False", "True", "https://login.example.com/v2.0", "usercache")]
    public async Task Service_is_told_of_an_authority_only_where_tokens_are_asked_for(
        string access, string anonymous, string reads, string? authority, string? audience)
    {
        var settings = (await DeployAsync("small", access: access)).Settings;

        Assert.Equal((anonymous, reads), (settings["Security__AllowAnonymous"], settings["Security__ProtectReads"]));
        Assert.Equal(authority, settings.GetValueOrDefault("Authentication__Schemes__Bearer__Authority"));
        Assert.Equal(audience, settings.GetValueOrDefault("Authentication__Schemes__Bearer__ValidAudiences__0"));
    }

    private async Task<(Plan Plan, ContainerApp App, Dictionary<string, string> Settings)> DeployAsync(
        string size, string keys = "false", string access = "anonymous")
    {
        var run = new AzdRun(
            bicep, _files, ("AZURE_SIZE", size), ("AZURE_USE_KEYS", keys), ("AZURE_ACCESS", access),
            ("AZURE_AUTHORITY", "https://login.example.com/v2.0"), ("AZURE_AUDIENCE", "usercache"));
        var plan = await run.PlanAsync();
        var app = run.App(plan);
        return (plan, app, app.Environment(plan));
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Runs the service with the settings and a bad one besides.</summary>
    /// <returns>All that it finds bad: it does not start.</returns>
    private static async Task<string> RefusalAsync(Dictionary<string, string> settings)
    {
        settings["Invalidation__BatchSize"] = "0";
        await using var api = new ApiServer(FreePort.Next(), settings);
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => api.StartAsync());
        return Assert.Single(refusal.Message.Split('\n'), line => line.Contains("does not start: ", StringComparison.Ordinal)).Trim();
    }
}
