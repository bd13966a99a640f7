using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.Extensions.Options;

namespace UserCache.ServiceDefaults;

/// <summary>How a replica ends; section <c>Shutdown</c>.</summary>
public sealed class ShutdownOptions
{
    public const string Section = "Shutdown";

    private const string Longest = "00:05:00";

    internal static readonly TimeSpan LongestDrain = TimeSpan.Parse(Longest, CultureInfo.InvariantCulture);

    /// <summary>
    /// How long it still serves after it has said, at <c>/health</c>, that it is not ready any more: longer than whoever sends it requests
    /// takes to look. Default: 5 s, in development none.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", Longest)]
    public TimeSpan Drain { get; set; }
}

[OptionsValidator]
internal sealed partial class ShutdownOptionsValidator : IValidateOptions<ShutdownOptions>;
