using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UserCache.ServiceDefaults;

/// <summary>
/// Before a replica ends it says for a while that it is not ready, and goes on serving: whoever sends requests to replicas that are ready
/// should have looked by then. Afterwards the server takes no more connections, finishes what it was asked, and closes those it has.
/// </summary>
internal sealed partial class Draining(IOptions<ShutdownOptions> options, TimeProvider time, ILogger<Draining> logger)
    : IHostedLifecycleService, IHealthCheck
{
    private volatile bool _isEnding;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_isEnding ? HealthCheckResult.Unhealthy("This replica is about to end.") : HealthCheckResult.Healthy());

    // The host asks this of all before it stops the first.
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isEnding = true;
        if (options.Value.Drain > TimeSpan.Zero)
        {
            Log.Draining(logger, options.Value.Drain.TotalSeconds);
            await Task.Delay(options.Value.Drain, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 10, Level = LogLevel.Information, Message = "Ending: not ready any more, and serving for another {Seconds} s.")]
        public static partial void Draining(ILogger logger, double seconds);
    }
}
