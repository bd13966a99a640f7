using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using UserCache.Caching;
using UserCache.Caching.PostgreSql;

namespace UserCache.ApiService.Database;

/// <summary>What is to be done when the schema is there, before the replica is ready.</summary>
/// <param name="RunAsync">Does it.</param>
internal sealed record DatabaseSeed(Func<IServiceProvider, CancellationToken, Task> RunAsync);

/// <summary>
/// Migrates the database, for all kinds of rows, and runs their seeds, as the settings say. It runs beside the service and tries again
/// until it succeeds, so a replica can start while the database is away; until it is there, the replica is not ready.
/// </summary>
internal sealed partial class DatabaseSetup(
    IServiceScopeFactory scopes, IEnumerable<DatabaseSeed> seeds, IOptions<DatabaseOptions> options, TimeProvider time,
    ILogger<DatabaseSetup> logger) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromMinutes(5);

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the database is set up.</summary>
    public Task Done => _done.Task;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Done.IsCompleted ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The database is not set up yet."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var unrecorded = CacheTelemetry.StartUnrecorded();
        while (!await TrySetUpAsync(stoppingToken))
        {
            await Task.Delay(RetryInterval, time, stoppingToken);
        }

        _done.SetResult();
    }

    private async Task<bool> TrySetUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            foreach (var database in scope.ServiceProvider.GetServices<DbContext>())
            {
                await MigrateAsync(database, cancellationToken);
            }

            Log.UpToDate(logger);
            foreach (var seed in seeds)
            {
                await seed.RunAsync(scope.ServiceProvider, cancellationToken);
            }

            return true;
        }
        // Whatever it is - the database is away, still starting, or another replica just created the same table - trying again is right.
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            var reason = DatabaseFailure.Explain(failure);
            Log.NotSetUp(logger, reason, RetryInterval.TotalSeconds);
            return false;
        }
    }

    private async Task MigrateAsync(DbContext database, CancellationToken cancellationToken)
    {
        // A request must not wait this long; building an index may have to.
        database.Database.SetCommandTimeout(CommandTimeout);
        // To migrate takes a lock that whoever reads the whole database, to copy it, lets nobody have.
        if (!(await database.Database.GetPendingMigrationsAsync(cancellationToken)).Any())
        {
            return;
        }

        if (!options.Value.Migrate)
        {
            throw new InvalidOperationException(
                $"the schema is not up to date, and {DatabaseOptions.Section}:{nameof(DatabaseOptions.Migrate)} is off");
        }

        await database.Database.MigrateAsync(cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 210, Level = LogLevel.Information, Message = "The database schema is up to date.")]
        public static partial void UpToDate(ILogger logger);

        [LoggerMessage(
            EventId = 212, Level = LogLevel.Warning, Message = "The database could not be set up ({Reason}); trying again in {Seconds} s.")]
        public static partial void NotSetUp(ILogger logger, string reason, double seconds);
    }
}
