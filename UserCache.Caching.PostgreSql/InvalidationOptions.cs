using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace UserCache.Caching.PostgreSql;

/// <summary>Settings of the outbox relay; section <c>Invalidation</c>.</summary>
public sealed class InvalidationOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Invalidation";

    /// <summary>
    /// How often a replica looks at Redis; and at the outbox, unless another has done so within half of that. 10 ms to 10 s; default
    /// 100 ms.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:10")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How many rows are relayed at a time. 1 to 10,000; default 500.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; set; } = 500;

    /// <summary>
    /// How long relayed rows are kept, to be relayed again when Redis may have lost them. Longer than a replica of Redis ever lags. 1 s to
    /// 1 day; default 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ReplayWindow { get; set; } = TimeSpan.FromMinutes(1);
}

[OptionsValidator]
internal sealed partial class InvalidationOptionsValidator : IValidateOptions<InvalidationOptions>;
