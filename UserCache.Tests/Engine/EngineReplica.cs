using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace UserCache.Tests.Engine;

/// <summary>
/// The engine as one replica has it, with nothing around it. Its gate is open. Its clock stands still unless the test moves it on;
/// leases and writers run by Redis' clock, as always.
/// </summary>
public sealed class EngineReplica : IAsyncDisposable
{
    /// <summary>Time after which what is waited for counts as failed: long, for a machine that is busy.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private const string Name = "test";

    private readonly ServiceProvider _services;

    public EngineReplica(
        IConnectionMultiplexer redis, ScriptedSource source, Action<IServiceCollection>? configure,
        params (string Key, string Value)[] settings)
    {
        Redis = new RedisTap(redis);
        var all = new Dictionary<string, string?> { ["Cache:AuditRate"] = "0", ["Cache:LoadTimeout"] = "00:00:10" };
        foreach (var (key, value) in settings)
        {
            all[$"Cache:{key}"] = value;
        }

        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(all).Build())
            .AddSingleton<TimeProvider>(Time)
            .AddSingleton(Redis.Connection)
            .AddSingleton(Microsoft.Extensions.Options.Options.Create(ConfigurationOptions.Parse(redis.Configuration)))
            .AddMetrics()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddFakeLogging())
            .AddCache(Name, Prefix(configure)).From(_ => source).Services;
        configure?.Invoke(services);
        _services = services.BuildServiceProvider();
        OpenGate();
    }

    public FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow());

    public RedisTap Redis { get; }

    public CacheAside Cache => Named(Name);

    /// <summary>One of its caches; there is more than one only where a test has added it.</summary>
    public CacheAside Named(string name) => _services.GetRequiredKeyedService<CacheAside>(name);

    public CacheInvalidation Invalidation => Get<CacheInvalidation>();

    public CacheGate Gate => Get<CacheGates>().Whole;

    public CacheAsideOptions Options => Get<IOptionsMonitor<CacheAsideOptions>>().Get(Name);

    public Task<CacheResult> GetAsync(string key) => Cache.GetAsync(key, CancellationToken.None).AsTask().WaitAsync(Limit);

    public Task<CacheResult[]> GetManyAsync(params string[] keys) =>
        Cache.GetManyAsync(Array.ConvertAll(keys, key => new RowKey(key)), CancellationToken.None).WaitAsync(Limit);

    /// <summary>Opens the gate, as if Redis had caught up.</summary>
    public void OpenGate() => Assert.True(Gate.TryOpen(Gate.Generation));

    /// <summary>Shuts the gate and opens it again: it looks as before.</summary>
    public void ShutAndOpenGate()
    {
        Gate.Shut("of the test");
        OpenGate();
    }

    /// <summary>Starts what runs in the background.</summary>
    public async Task StartAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }
    }

    /// <summary>Collects what an instrument measures from here on.</summary>
    public MetricCollector<T> Collect<T>(string instrument)
        where T : struct => new(Get<System.Diagnostics.Metrics.IMeterFactory>(), CacheTelemetry.MeterName, instrument);

    /// <summary>How often an event was logged.</summary>
    public int Logged(int eventId) => _services.GetFakeLogCollector().GetSnapshot().Count(record => record.Id == eventId);

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            await Task.Delay(Pause, limit.Token);
        }
    }

    public static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    /// <summary>Lets the clock run, as fast as it can, until something is done.</summary>
    public async Task<T> RunClockAsync<T>(Task<T> until, TimeSpan step)
    {
        await UntilAsync(() =>
        {
            Time.Advance(step);
            return until.IsCompleted;
        });
        return await until;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    // Alone it needs none, and a row's key is the key in Redis.
    private static string Prefix(Action<IServiceCollection>? configure) => configure is null ? "" : "test:";

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();
}
