namespace Aspire.Npgsql.EntityFrameworkCore.PostgreSQL;

/// <summary>
/// Settings of the PostgreSQL client integration; section <c>Aspire:Npgsql:EntityFrameworkCore:PostgreSQL</c>, then <c>:{name}</c>,
/// then <c>:{TContext}</c>.
/// </summary>
public sealed class NpgsqlEntityFrameworkCorePostgreSQLSettings
{
    /// <summary>Connection string in Npgsql's format. <c>ConnectionStrings:{name}</c> wins over it.</summary>
    public string? ConnectionString { get; set; }

    public bool DisableRetry { get; set; }

    public bool DisableHealthChecks { get; set; }

    public bool DisableTracing { get; set; }

    public bool DisableMetrics { get; set; }

    /// <summary>Seconds a command may take; the driver's default when not set.</summary>
    public int? CommandTimeout { get; set; }
}
