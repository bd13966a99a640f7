namespace UserCache.Tests.Fuzz;

/// <summary>For how long nonsense is made, and which.</summary>
internal sealed record FuzzSettings(TimeSpan Duration, int Seed)
{
    private const string Seconds = "FUZZ_SECONDS";
    private const string SeedName = "FUZZ_SEED";
    private const int MaxSeconds = 1_000_000;
    private const int DefaultSeconds = 6;

    /// <summary>The command that repeats this run.</summary>
    public string Command =>
        string.Create(CultureInfo.InvariantCulture, $"{Seconds}={Duration.TotalSeconds} {SeedName}={Seed} ./test Run=fuzz");

    /// <summary>A short run that is the same every time.</summary>
    public static FuzzSettings Fixed { get; } = new(TimeSpan.FromSeconds(DefaultSeconds), Seed: 20261128);

    /// <summary>What the environment asks for: FUZZ_SECONDS and FUZZ_SEED. By default a short run with a seed of its own.</summary>
    /// <exception cref="InvalidOperationException">It can't be read; the message says what can.</exception>
    public static FuzzSettings FromEnvironment() => new(
        TimeSpan.FromSeconds(Whole(Seconds, MaxSeconds) is > 0 and var seconds ? seconds : DefaultSeconds),
        Whole(SeedName, int.MaxValue) ?? Random.Shared.Next());

    private static int? Whole(string name, int most) => Environment.GetEnvironmentVariable(name) switch
    {
        null or "" => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most => number,
        var text => throw new InvalidOperationException($"{name} is a whole number from 0 to {most}, not \"{text}\"."),
    };
}
