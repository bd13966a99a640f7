namespace UserCache.Tests.Chaos;

/// <summary>
/// How much is asked of the servers, and for how long. The load leaves two cores some headroom: on a machine that is out of breath
/// every delay would look like the service's fault.
/// </summary>
internal sealed record ChaosSettings(TimeSpan Duration, int Seed)
{
    public const int Replicas = 3;

    public const int Readers = 32;
    public const double ReadsPerSecond = 700;

    /// <summary>The share of reads that ask for several rows at once, and how many.</summary>
    public const double BatchShare = 0.05;
    public const int BatchSize = 5;

    public const int ApiWriters = 10;
    public const double ApiWritesPerSecond = 50;

    public const int SqlWriters = 5;
    public const double SqlWritesPerSecond = 20;

    public const int SqlReaders = 8;
    public const double SqlReadsPerSecond = 60;

    /// <summary>What a replica's copies may take where it keeps any: less than all users would.</summary>
    public const int NearBytes = 1 << 17;

    private const string Minutes = "CHAOS_MINUTES";
    private const string SeedName = "CHAOS_SEED";
    private const int MaxMinutes = 10_000;
    private const double DefaultMinutes = 0.65;

    /// <summary>
    /// How long replicas may serve copies of their own. Every other seed has them keep none, so that nothing may be late.
    /// </summary>
    public TimeSpan NearLife => Seed % 2 == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether Redis never says which run of it answers, in two seeds of four. In the other runs it ceases to half way through.
    /// </summary>
    public bool NeverTellsRun => Seed % 4 >= 2;

    /// <summary>The command that repeats this run.</summary>
    public string Command => string.Create(
        CultureInfo.InvariantCulture, $"{Minutes}={Duration.TotalMinutes} {SeedName}={Seed} ./test Run=chaos");

    /// <summary>What the environment asks for: CHAOS_MINUTES and CHAOS_SEED. By default a short run with a seed of its own.</summary>
    /// <exception cref="InvalidOperationException">It can't be read; the message says what can.</exception>
    public static ChaosSettings FromEnvironment() =>
        Parse(Environment.GetEnvironmentVariable(Minutes), Environment.GetEnvironmentVariable(SeedName));

    /// <exception cref="InvalidOperationException">One can't be read; the message says what can.</exception>
    public static ChaosSettings Parse(string? minutes, string? seed) => new(
        TimeSpan.FromMinutes(string.IsNullOrEmpty(minutes) ? DefaultMinutes
            : double.TryParse(minutes, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number is > 0 and < MaxMinutes ? number
            : throw new InvalidOperationException(
                $"{Minutes} is a number of minutes above 0 and below {MaxMinutes}, such as 20, not \"{minutes}\".")),
        string.IsNullOrEmpty(seed) ? Random.Shared.Next()
            : int.TryParse(seed, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? whole
            : throw new InvalidOperationException($"{SeedName} is a whole number from 0 to {int.MaxValue}, not \"{seed}\"."));
}
