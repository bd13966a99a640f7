using System.Globalization;

namespace UserCache.Tests.Chaos;

/// <summary>
/// How much is asked of the servers, and for how long. The load leaves two cores some headroom: on a machine that is out of breath
/// every delay would look like the service's fault.
/// </summary>
internal sealed record ChaosSettings(TimeSpan Duration, int Seed)
{
    public const int Replicas = 3;

    /// <summary>Users 1 to this are read and written. A few of them get most of the load: see <see cref="NextKey"/>.</summary>
    public const int Keys = 300;

    public const int Readers = 32;
    public const double ReadsPerSecond = 700;

    /// <summary>The share of reads that ask for several users at once, and how many.</summary>
    public const double BatchShare = 0.05;
    public const int BatchSize = 5;

    public const int ApiWriters = 10;
    public const double ApiWritesPerSecond = 50;

    public const int SqlWriters = 5;
    public const double SqlWritesPerSecond = 20;

    public const int SqlReaders = 8;
    public const double SqlReadsPerSecond = 60;

    private const double DefaultMinutes = 1.25;

    /// <summary>The command that repeats this run.</summary>
    public string Command => string.Create(CultureInfo.InvariantCulture, $"./test chaos --minutes {Duration.TotalMinutes} --seed {Seed}");

    /// <summary>What <c>./test chaos</c> asks for; otherwise a short run with a seed of its own.</summary>
    public static ChaosSettings FromEnvironment() => new(
        TimeSpan.FromMinutes(Number("CHAOS_MINUTES") ?? DefaultMinutes),
        (int)(Number("CHAOS_SEED") ?? Random.Shared.Next()));

    /// <summary>A user: half of the time one of the first twenty, and one time in four the first, so that operations on it meet each other.</summary>
    public static int NextKey(Random random) => 1 + (int)(Keys * Math.Pow(random.NextDouble(), 4));

    private static double? Number(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;
}
