namespace UserCache.Bench;

/// <summary>A part of the bench, beside the others. It starts what it measures, and stops it.</summary>
internal interface IPart
{
    /// <summary>As on the command line.</summary>
    public string Name { get; }

    public Task RunAsync(Field field, Plan plan, Findings findings);
}

/// <summary>What was asked for on the command line: <c>[quick] [PART…] [NAME…]</c>.</summary>
internal sealed class Plan
{
    private static readonly IReadOnlyList<IPart> AllParts =
        [new Reads(), new Connections(), new Keys(), new Start(), new Soak(), new Writes()];

    /// <exception cref="ArgumentException">A word is neither a part's nor in any contestant's name.</exception>
    public Plan(IReadOnlyList<string> words)
    {
        IsQuick = words.Contains("quick");
        var parts = AllParts.Where(part => words.Contains(part.Name)).ToList();
        var names = words.Where(word => word != "quick" && parts.TrueForAll(part => part.Name != word)).ToList();
        if (names.Find(name => !Contestant.All.Any(one => IsNamed(one, name))) is { } unknown)
        {
            throw new ArgumentException(
                $"\"{unknown}\" is no part ({string.Join(", ", AllParts.Select(part => part.Name))}) and in no contestant's name.");
        }

        Contestants =
        [
            .. Contestant.All.Where(one =>
                names.Count == 0 || one == Contestant.UserCache || names.Exists(name => IsNamed(one, name))),
        ];
        Parts = parts.Count > 0 ? parts
            : names.Count > 0 ? [new Reads()]
            : [.. AllParts.Where(part => !IsQuick || part is not Soak)];
    }

    public bool IsQuick { get; }

    public bool IsAll => Parts.Count == AllParts.Count && Contestants.Count == Contestant.All.Count;

    public IReadOnlyList<IPart> Parts { get; }

    /// <summary>Who takes part in the race of reads.</summary>
    public IReadOnlyList<Contestant> Contestants { get; }

    public int Rounds => IsQuick ? 3 : 5;

    /// <summary>Of one measurement.</summary>
    public int Seconds => IsQuick ? 1 : 5;

    public int WarmUp => IsQuick ? 1 : 3;

    public int SoakSeconds => IsQuick ? 20 : 600;

    public override string ToString()
    {
        var kind = IsQuick ? "quick, to look while one works" : "full";
        var some = Contestants.Count < Contestant.All.Count ? $" of {string.Join("; ", Contestants.Select(one => one.Name))}" : "";
        return $"{kind}: {string.Join(", ", Parts.Select(part => part.Name))}{some}; {Rounds} rounds of {Seconds} s each";
    }

    private static bool IsNamed(Contestant contestant, string name) => contestant.Name.Contains(name, StringComparison.OrdinalIgnoreCase);
}
