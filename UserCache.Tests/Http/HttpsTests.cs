namespace UserCache.Tests.Http;

/// <summary>Behind a proxy that ends TLS.</summary>
[Collection(AppGroup.Name)]
public sealed class HttpsTests(App app)
{
    private static readonly (string Key, string Value) Proxy = ("ForwardedHeaders_Enabled", "true");

    [Fact]
    public async Task Client_who_came_to_the_proxy_without_TLS_is_sent_to_where_there_is_and_a_probe_is_not()
    {
        await using var api = await App.StartReplicaAsync(app.Redis.ConnectionString, app.Postgres.ConnectionString, Proxy);
        using var client = ClientOf(api);

        var sent = await client.GetAsync("/api/v1/users?limit=1", ("X-Forwarded-Proto", "http"), ("Host", "users.localhost"));

        Assert.Equal((307, "https://users.localhost/api/v1/users?limit=1"), (sent.Status, sent.Headers["Location"]));
        Assert.Equal(200, (await client.GetAsync("/api/v1/users?limit=1", ("X-Forwarded-Proto", "https"))).Status);
        Assert.Equal(200, (await client.GetAsync("/alive")).Status);
    }

    [Fact]
    public async Task Other_port_for_TLS_than_443_is_named()
    {
        await using var api = await App.StartReplicaAsync(
            app.Redis.ConnectionString, app.Postgres.ConnectionString, Proxy, ("https_port", "8443"));
        using var client = ClientOf(api);

        var sent = await client.GetAsync("/api/v1/users/1", ("X-Forwarded-Proto", "http"), ("Host", "localhost"));

        Assert.Equal((307, "https://localhost:8443/api/v1/users/1"), (sent.Status, sent.Headers["Location"]));
    }

    [Fact]
    public async Task Without_a_proxy_nobody_s_word_for_the_scheme_is_taken()
    {
        using var client = ClientOf(app.Api);

        Assert.Equal(200, (await client.GetAsync("/api/v1/users?limit=1", ("X-Forwarded-Proto", "http"))).Status);
        Assert.Equal(200, (await client.GetAsync("/api/v1/users?limit=1", ("X-Original-Proto", "https"))).Status);
    }

    private static UsersClient ClientOf(ApiHost api) => new(new HttpClient(
        new SocketsHttpHandler { AllowAutoRedirect = false, ActivityHeadersPropagator = null }) { BaseAddress = api.Url });
}
