using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace UserCache.ServiceDefaults;

/// <summary>How a replica ends; section <c>Shutdown</c>.</summary>
public sealed class ShutdownOptions
{
    public const string Section = "Shutdown";

    /// <summary>
    /// How long it still serves after it has said, at <c>/health</c>, that it is not ready any more: longer than whoever sends it requests
    /// takes to look. Default: 5 s, in development none.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan Drain { get; set; }
}

[OptionsValidator]
internal sealed partial class ShutdownOptionsValidator : IValidateOptions<ShutdownOptions>;
