using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace UserCache.ServiceDefaults;

/// <summary>
/// Says Degraded where a health check says Unhealthy or takes too long. (A registration's own failure status and timeout would not
/// do: checks are free to say Unhealthy all the same, and a timeout always counts as Unhealthy.)
/// </summary>
internal sealed class OptionalDependencyCheck(Func<IServiceProvider, IHealthCheck> check, IServiceScopeFactory scopes) : IHealthCheck
{
    // Shorter than orchestrators wait for a probe.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var result = await RunAsync(context).WaitAsync(Limit, cancellationToken);
            return result.Status == HealthStatus.Unhealthy
                ? HealthCheckResult.Degraded(result.Description, result.Exception, result.Data)
                : result;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Degraded(failure.Message, failure);
        }
    }

    // In a scope of its own, for it may outlast the probe: drivers take their time to give up on a server that hangs.
    private async Task<HealthCheckResult> RunAsync(HealthCheckContext context)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await check(scope.ServiceProvider).CheckHealthAsync(context, CancellationToken.None);
    }
}
