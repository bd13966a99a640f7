using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace UserCache.ApiService.Database;

/// <summary>How the service uses its database; section <c>Database</c>.</summary>
internal sealed class DatabaseOptions
{
    public const string Section = "Database";

    /// <summary>
    /// Bring the schema up to date. Of several replicas at once, those that fail try again. Otherwise wait until someone else has.
    /// Default: yes.
    /// </summary>
    public bool Migrate { get; set; } = true;

    /// <summary>Add 1,000 demo users if there is no user at all. Default: no.</summary>
    public bool AddDemoUsers { get; set; }

    /// <summary>How many writes may be under way at a time, for each replica. 1 to 10,000; default 32.</summary>
    [Range(1, 10_000)]
    public int MaxWrites { get; set; } = 32;

    /// <summary>How many pages of users may be read at a time, for each replica. 1 to 10,000; default 16.</summary>
    [Range(1, 10_000)]
    public int MaxPages { get; set; } = 16;
}

[OptionsValidator]
internal sealed partial class DatabaseOptionsValidator : IValidateOptions<DatabaseOptions>;
