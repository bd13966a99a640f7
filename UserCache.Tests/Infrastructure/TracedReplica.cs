using System.Diagnostics;
using Microsoft.AspNetCore.Mvc.Testing;
using Npgsql;
using OpenTelemetry.Trace;
using UserCache.ApiService.Users;
using UserCache.Tests.Infrastructure.Servers;

namespace UserCache.Tests.Infrastructure;

/// <summary>A replica inside this process, whose spans an in-memory exporter collects. Redis and PostgreSQL are real.</summary>
public sealed class TracedReplica : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly WebApplicationFactory<UserInput> _factory;
    private readonly HttpClient _http;
    private readonly SpanCollection _spans = [];

    private TracedReplica(RedisServer redis, string database, (string Key, string Value)[] settings)
    {
        ToRedis = new TcpProxy(redis.Port);
        ToDatabase = new TcpProxy(new NpgsqlConnectionStringBuilder(database).Port);
        _factory = new WebApplicationFactory<UserInput>().WithWebHostBuilder(host =>
        {
            host.UseSetting("ConnectionStrings:cache", $"127.0.0.1:{ToRedis.Port},password={redis.Password}");
            host.UseSetting("ConnectionStrings:usersdb", new NpgsqlConnectionStringBuilder(database) { Port = ToDatabase.Port }.ConnectionString);
            host.UseSetting("Logging:LogLevel:Default", "Error");
            foreach (var (key, value) in App.Defaults.Concat(settings))
            {
                host.UseSetting(key, value);
            }

            host.ConfigureServices(services => services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddInMemoryExporter(_spans)));
        });
        _http = _factory.CreateClient();
        Users = new UsersClient(_http);
    }

    public UsersClient Users { get; }

    public TcpProxy ToRedis { get; }

    public TcpProxy ToDatabase { get; }

    public static async Task<TracedReplica> StartAsync(RedisServer redis, string database, params (string Key, string Value)[] settings)
    {
        var replica = new TracedReplica(redis, database, settings);
        try
        {
            await Eventually.GetAsync(() => replica.Users.GetAsync("/health"), answer => answer.Status == 200, Patience);
            return replica;
        }
        catch
        {
            await replica.DisposeAsync();
            throw;
        }
    }

    /// <summary>The spans of a name, or of a database, so far.</summary>
    public List<Activity> Spans(string name) => [.. _spans.Where(span => span.OperationName == name || (string?)span.GetTagItem("db.system.name") == name)];

    /// <summary>Forgets the spans so far.</summary>
    public void Forget() => _spans.Clear();

    /// <summary>Waits for a trace, as a tree of one line a span: Redis' spans come from a profiler, a little after the others.</summary>
    /// <param name="tree">Its lines.</param>
    /// <param name="cause">What brings such a trace about sooner or later, done again each time it is looked for.</param>
    public async Task<SpanTree> ExpectAsync(string tree, Func<Task>? cause = null)
    {
        tree = tree.ReplaceLineEndings("\n");
        var traces = await Eventually.GetAsync(
            async () =>
            {
                await (cause?.Invoke() ?? Task.CompletedTask);
                return new Traces([.. SpanTree.Of(_spans)]);
            },
            traces => traces.Trees.Exists(trace => trace.Text == tree),
            Patience);
        return traces.Trees.First(trace => trace.Text == tree);
    }

    public async ValueTask DisposeAsync()
    {
        Users.Dispose();
        _http.Dispose();
        await _factory.DisposeAsync();
        await ToRedis.DisposeAsync();
        await ToDatabase.DisposeAsync();
    }

    private sealed record Traces(List<SpanTree> Trees)
    {
        public override string ToString() => string.Join("\n\n", Trees);
    }
}
