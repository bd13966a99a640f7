using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using UserCache.ApiService.Users;

namespace UserCache.Tests.Infrastructure;

/// <summary>
/// A replica of the API inside this process, on a loopback port of its own: what the service's program builds, with its log, its spans and
/// its reads of the database kept in memory. What kills or pauses a replica needs a process: see <see cref="ApiServer"/>.
/// </summary>
public sealed class ApiHost : IAsyncDisposable
{
    // A request that the test holds for ever is not worth waiting for.
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(2);

    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly Action<IServiceCollection>? _configure;
    private readonly Factory _factory;

    /// <param name="settings">Configuration keys and values, with <c>:</c> between sections.</param>
    /// <param name="configure">Puts services in the place of its own.</param>
    public ApiHost(IReadOnlyDictionary<string, string> settings, Action<IServiceCollection>? configure = null)
    {
        _settings = settings;
        _configure = configure;
        _factory = new Factory(this);
        _factory.UseKestrel();
        Users = new UsersClient(Url);
    }

    public Uri Url { get; } = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"));

    public UsersClient Users { get; }

    /// <summary>What the replica has logged.</summary>
    public FakeLogCollector Log { get; } = new();

    /// <summary>The spans of all replicas in this process, since this one was started: they have their sources in common.</summary>
    public SpanRecorder Spans { get; } = new();

    /// <summary>The replica's services.</summary>
    public IServiceProvider Services => _factory.Services;

    /// <summary>How the replica has read the database through its cache.</summary>
    public SourceReads Reads { get; } = new();

    /// <summary>Starts the replica. It need not be ready then: <c>/health</c> says when it is.</summary>
    // On the pool: what the host starts must not come back to the test's own context.
    public Task StartAsync() => Task.Run(_factory.StartServer);

    /// <summary>
    /// Collects how long each answer takes from here on, with its tags. (What the replica exports of this has those of others in this
    /// process among it: it has a view of its own for them, which no other can drop.)
    /// </summary>
    public MetricCollector<double> CollectAnswers() => new(
        _factory.Services.GetRequiredService<IMeterFactory>(), "Microsoft.AspNetCore.Hosting", "http.server.request.duration");

    public ValueTask DisposeAsync()
    {
        Users.Dispose();
        return _factory.DisposeAsync();
    }

    private void Configure(IWebHostBuilder host)
    {
        host.UseSetting(WebHostDefaults.ServerUrlsKey, Url.OriginalString);
        foreach (var (key, value) in _settings)
        {
            host.UseSetting(key, value);
        }

        host.ConfigureLogging(logging => logging.ClearProviders().AddProvider(new FakeLoggerProvider(Log)));
        host.ConfigureServices(services =>
        {
            services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownLimit);
            services.AddOpenTelemetry().WithTracing(tracing => tracing.AddProcessor(Spans));
            // Meters are found by name, and other replicas have some of the same.
            services.ConfigureOpenTelemetryMeterProvider((provider, metrics) => metrics.AddView(instrument =>
                instrument.Meter.Scope is IMeterFactory other && other != provider.GetRequiredService<IMeterFactory>()
                    ? MetricStreamConfiguration.Drop
                    : null));
            Reads.Watch(services);
            _configure?.Invoke(services);
        });
    }

    private sealed class Factory(ApiHost replica) : WebApplicationFactory<UserInput>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) => replica.Configure(builder);
    }
}
