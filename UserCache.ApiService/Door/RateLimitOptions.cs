using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace UserCache.ApiService.Door;

/// <summary>Settings of the rate limit; section <c>RateLimit</c>.</summary>
public sealed class RateLimitOptions
{
    public const string Section = "RateLimit";

    /// <summary>
    /// How many requests a second one client may make of this replica, and how many at once after a pause. 0, the default, for any number.
    /// A client is an address, or a network of IPv6 (its first 64 bits).
    /// </summary>
    [Range(0, 1_000_000)]
    public int RequestsPerSecond { get; set; }
}

[OptionsValidator]
internal sealed partial class RateLimitOptionsValidator : IValidateOptions<RateLimitOptions>;
