using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using UserCache.Caching;

namespace UserCache.ApiService.Users;

/// <summary>
/// Migrates the database and adds demo users, as the settings say. It runs beside the service and tries again until it succeeds,
/// so a replica can start while the database is away; until it is there, the replica is not ready.
/// </summary>
internal sealed partial class DatabaseSetup(
    IServiceScopeFactory scopes, ICacheSource source, UserKeys keys, IOptions<DatabaseOptions> options, TimeProvider time,
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
            var database = scope.ServiceProvider.GetRequiredService<UsersDbContext>();
            // A request must not wait this long; building an index may have to.
            database.Database.SetCommandTimeout(CommandTimeout);
            if (options.Value.Migrate)
            {
                await database.Database.MigrateAsync(cancellationToken);
                Log.Migrated(logger);
            }
            else if ((await database.Database.GetPendingMigrationsAsync(cancellationToken)).Any())
            {
                throw new InvalidOperationException(
                    $"the schema is not up to date, and {DatabaseOptions.Section}:{nameof(DatabaseOptions.Migrate)} is off");
            }

            if (options.Value.AddDemoUsers)
            {
                var added = await DemoUsers.AddAsync(database, cancellationToken);
                Log.DemoUsers(logger, added);
            }

            // So that the first readers, who may be many, do not all wait for this query to be compiled.
            await source.LoadAsync([keys.Of(0)], cancellationToken);

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

    private static partial class Log
    {
        [LoggerMessage(EventId = 210, Level = LogLevel.Information, Message = "The database schema is up to date.")]
        public static partial void Migrated(ILogger logger);

        [LoggerMessage(EventId = 211, Level = LogLevel.Information, Message = "{Count} demo users were added.")]
        public static partial void DemoUsers(ILogger logger, int count);

        [LoggerMessage(
            EventId = 212, Level = LogLevel.Warning, Message = "The database could not be set up ({Reason}); trying again in {Seconds} s.")]
        public static partial void NotSetUp(ILogger logger, string reason, double seconds);
    }
}
