using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace UserCache.Caching;

/// <summary>
/// Settings that all caches of a process have in common; section <c>Cache</c>. Each has its own in <see cref="CacheAsideOptions"/>.
/// </summary>
public sealed class CacheOptions : IValidatableObject
{
    /// <summary>The section's name.</summary>
    public const string Section = "Cache";

    private const string KeyPrefixRule = $"{Section}:{nameof(KeyPrefix)} may have 64 of A-Z, a-z, 0-9, '.', '_', ':' and '-' at most.";
    private const long MinNearCacheBytes = 1L << 16;
    private const double MaxNearCacheBytes = 1L << 34;
    private const string MinWriterDeadline = "00:00:02";
    private const string MaxWriterDeadline = "00:01:00";

    /// <summary>
    /// What all keys in Redis begin with, for those who share one between databases on purpose. At most 64 of A-Z, a-z, 0-9, '.', '_', ':'
    /// and '-'; default none. The same for all replicas.
    /// </summary>
    [RegularExpression("^[A-Za-z0-9._:-]{0,64}$", ErrorMessage = KeyPrefixRule)]
    public string KeyPrefix { get; set; } = "";

    /// <summary>
    /// How long one Redis command may take before the request goes on without the cache. 10 ms to 10 s, and at most half the time that a
    /// write has to commit; default 250 ms.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:10")]
    public TimeSpan RedisTimeout { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How many reads of sources may be under way at a time, for each replica. All its caches divide them: see
    /// <see cref="CacheAsideOptions.LoadShare"/>. 1 to 10,000; default 32.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxLoads { get; set; } = 32;

    /// <summary>
    /// How long a writer that is not heard of again keeps its key from being filled. It has a second less than that to commit.
    /// The same for all replicas. 2 s to 1 min; default 5 s.
    /// </summary>
    [Range(typeof(TimeSpan), MinWriterDeadline, MaxWriterDeadline)]
    public TimeSpan WriterDeadline { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many bytes of copies each replica keeps in its memory, for its hottest keys. 0 for none, or 64 KiB to 16 GiB; default 0. On or
    /// off alike for all replicas.
    /// </summary>
    [Range(0, MaxNearCacheBytes)]
    public long NearCacheBytes { get; set; }

    /// <summary>
    /// How long such a copy may be served: what another replica has written is seen by then even if no message of it came. 10 ms to 1 min;
    /// default 1 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan NearCacheLife { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a transaction may be left open after its change is made: a second less than until its writer counts as dead.
    /// </summary>
    public TimeSpan TimeToCommit => WriterDeadline - TimeSpan.FromSeconds(1);

    /// <summary>
    /// For who needs it before settings are validated; a bad one counts as the default, for it stops the start all the same.
    /// </summary>
    public static TimeSpan WriterDeadlineIn(IConfiguration configuration) =>
        TimeSpan.TryParse(configuration[$"{Section}:{nameof(WriterDeadline)}"], CultureInfo.InvariantCulture, out var deadline)
        && IsWriterDeadline(deadline)
            ? deadline
            : new CacheOptions().WriterDeadline;

    /// <summary>The same for <see cref="MaxLoads"/>.</summary>
    public static int MaxLoadsIn(IConfiguration configuration) =>
        int.TryParse(configuration[$"{Section}:{nameof(MaxLoads)}"], CultureInfo.InvariantCulture, out var loads)
            ? loads
            : new CacheOptions().MaxLoads;

    private static bool IsWriterDeadline(TimeSpan deadline) =>
        deadline >= TimeSpan.Parse(MinWriterDeadline, CultureInfo.InvariantCulture)
        && deadline <= TimeSpan.Parse(MaxWriterDeadline, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (NearCacheBytes is > 0 and < MinNearCacheBytes)
        {
            yield return new ValidationResult(
                $"{Section}:{nameof(NearCacheBytes)} ({NearCacheBytes}) must be 0, for none, or at least {MinNearCacheBytes}.",
                [nameof(NearCacheBytes)]);
        }

        // A Redis that hangs is asked while the transaction is open, and time must be left to commit.
        if (IsWriterDeadline(WriterDeadline) && RedisTimeout > TimeToCommit / 2)
        {
            yield return new ValidationResult(
                $"{Section}:{nameof(RedisTimeout)} ({RedisTimeout}) must not be longer than half the time a write has to commit "
                + $"({TimeToCommit}): {nameof(WriterDeadline)} less a second.",
                [nameof(RedisTimeout)]);
        }
    }
}

[OptionsValidator]
internal sealed partial class CacheOptionsValidator : IValidateOptions<CacheOptions>;
