using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace UserCache.Caching;

/// <summary>
/// Settings of one cache. Section <c>Cache</c> has those of all; what the program sets for this one counts more, and section
/// <c>Cache:{name}</c> most.
/// </summary>
public sealed class CacheAsideOptions : IValidatableObject
{
    internal static readonly TimeSpan MaxHardExpiry = TimeSpan.FromDays(7);

    private const double MaxJitter = 0.5;

    private static readonly TimeSpan MaxSoftExpiry = TimeSpan.FromDays(1);

    /// <summary>How long a value counts as fresh, before jitter. 1 s to 1 day; default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan SoftExpiry { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>When Redis itself drops a value. Longer than the soft expiry with its jitter, at most 7 days; default 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan HardExpiry { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long "there is no such row" is remembered, before jitter. 1 s to 1 h; default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan NegativeExpiry { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Share by which an expiry is spread at random to either side, so that entries filled together do not expire together. 0 to 0.5.
    /// </summary>
    [Range(0, MaxJitter)]
    public double Jitter { get; set; } = 0.1;

    /// <summary>
    /// How long one read of the source may take, and how long it keeps others from reading the same key. 100 ms to 1 min; default 3 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan LoadTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Of <see cref="CacheOptions.MaxLoads"/> this cache has so many parts, in proportion to what the other caches of the process have, and
    /// one read at least. No other cache takes them, however much it wants. 1 to 100; default 1.
    /// </summary>
    [Range(1, 100)]
    public int LoadShare { get; set; } = 1;

    /// <summary>How many more reads of the source may wait; the next are refused. 0 to 1,000,000; default 512.</summary>
    [Range(0, 1_000_000)]
    public int MaxQueuedLoads { get; set; } = 512;

    /// <summary>Share of the answers from the cache that are compared with the source, in the background. 0 to 1; default 0.001.</summary>
    [Range(0.0, 1.0)]
    public double AuditRate { get; set; } = 0.001;

    /// <summary>
    /// Above how many bytes a row is compressed in Redis. It costs those who read it 10 µs or more each time, and whoever shares the
    /// network nothing. Releases that do not know of it replace such entries. 0 for never, or 256 to 64 KiB; default 0.
    /// </summary>
    [Range(0, CacheEntry.MaxBytes)]
    public int CompressAbove { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        // Whose they are is in the name that these options are validated under.
        var cache = validationContext.DisplayName.Split('.')[0];
        foreach (var (name, expiry) in new[] { (nameof(SoftExpiry), SoftExpiry), (nameof(NegativeExpiry), NegativeExpiry) })
        {
            // Out of their ranges the sum may overflow; that they are is said already.
            if (expiry <= MaxSoftExpiry && Jitter is >= 0 and <= MaxJitter && HardExpiry < expiry * (1 + Jitter))
            {
                yield return new ValidationResult(
                    $"{nameof(HardExpiry)} ({HardExpiry}) of the cache {cache} must not be shorter than {name} "
                    + $"with its jitter ({expiry * (1 + Jitter)}).",
                    [nameof(HardExpiry)]);
            }
        }

        if (CompressAbove is > 0 and < CompressedBody.LeastBytes)
        {
            yield return new ValidationResult(
                $"{nameof(CompressAbove)} ({CompressAbove}) of the cache {cache} must be 0, for never, or at least "
                + $"{CompressedBody.LeastBytes}.",
                [nameof(CompressAbove)]);
        }
    }
}

[OptionsValidator]
internal sealed partial class CacheAsideOptionsValidator : IValidateOptions<CacheAsideOptions>;
