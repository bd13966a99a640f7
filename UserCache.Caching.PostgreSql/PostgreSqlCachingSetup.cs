using Npgsql;

namespace UserCache.Caching.PostgreSql;

/// <summary>What <see cref="PostgreSqlCachingExtensions.AddPostgreSqlCaching"/> is told by a program that knows better.</summary>
public sealed class PostgreSqlCachingSetup
{
    /// <summary>Completes when the database has its outbox. By default it has. Asked more than once.</summary>
    public Func<IServiceProvider, Task> After { get; init; } = static _ => Task.CompletedTask;

    /// <summary>How many transactions of <see cref="CachedWrites"/> may be under way at a time; 1 at least, by default 32.</summary>
    public Func<IServiceProvider, int> MaxWrites { get; init; } = static _ => 32;

    /// <summary>Configures the source of the relay's connections: how it signs in, for example.</summary>
    public Action<IServiceProvider, NpgsqlDataSourceBuilder>? Configure { get; init; }
}
