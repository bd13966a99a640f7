using System.Text.RegularExpressions;

namespace UserCache.Tests.Protocol;

/// <summary>What SPIN said of one instance of the model in docs/protocol.</summary>
internal sealed partial class ModelCheck
{
    // spin writes the checker's source, gcc compiles it, and pan is the checker: no faster with -O2, which takes twice as long to compile.
    // MEMLIM is in MB, -m the longest path, and -w the size of the hash table (2^22 slots for at most as many states). Whatever else is
    // tested meanwhile waits for answers, and gets the larger share.
    private const string Steps = """
        cd "$1" && spin -D"$2" -a "$3" && nice -n 2 gcc "$4" -w -DSAFETY -DMEMLIM=3500 -o pan pan.c &&
            exec nice -n 2 ./pan -m1000000 -w22
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "protocol");

    private ModelCheck(IReadOnlyList<string> output)
    {
        Output = string.Join('\n', output);
        Errors = int.Parse(
            Value(ErrorCount(), Output) ?? throw new InvalidOperationException($"The check did not run to its end:\n{Output}"),
            CultureInfo.InvariantCulture);
        Violated = Value(Violation(), Output);
        Unreached = UnreachedIn(output).ToHashSet();
    }

    public string Output { get; }

    public int Errors { get; }

    /// <summary>The property of which there is a counterexample, if any.</summary>
    public string? Violated { get; }

    /// <summary>The statements that no path gets to, each with its process. Processes that loop for ever are not expected to end.</summary>
    public IReadOnlySet<string> Unreached { get; }

    /// <summary>Every state was visited, each kept in full, and looked at for failed assertions and for processes that are stuck.</summary>
    public bool IsComplete =>
        Output.Contains("Full statespace search for:", StringComparison.Ordinal)
        && ReportsOn("assertion violations") && ReportsOn("invalid end states")
        && !Output.Contains("Search not completed", StringComparison.Ordinal)
        && !Output.Contains("max search depth too small", StringComparison.Ordinal)
        && !Output.Contains("Bit statespace", StringComparison.Ordinal)
        && !Output.Contains("Hash-Compact", StringComparison.OrdinalIgnoreCase);

    /// <summary>The names of the rules, one a line of the model, each as often as it stands there.</summary>
    public static IEnumerable<string> Rules() => Directory.GetFiles(Folder, "*.pml")
        .SelectMany(File.ReadAllLines)
        .Select(line => Value(Rule(), line))
        .OfType<string>();

    /// <summary>Checks an instance.</summary>
    /// <param name="instance">Its name: <c>PAIR</c> is pair.pml, the others are in cache.pml.</param>
    /// <param name="without">Rules whose lines are left out.</param>
    public static async Task<ModelCheck> RunAsync(string instance, params IReadOnlyCollection<string> without)
    {
        _ = Tool.Find("spin", "spin", "spin");
        _ = Tool.Find("build-essential", "gcc", "gcc");
        var model = instance == "PAIR" ? "pair.pml" : "cache.pml";
        // What is violated in an instance without failovers is found sooner than optimized code is compiled.
        var optimization = without.Count > 0 && instance is ("JOINERS" or "PAIR") ? "-O0" : "-O1";
        using var data = new DataFolder();
        var folder = data.Create("model");
        foreach (var file in Directory.GetFiles(Folder, "*.pml"))
        {
            var lines = (await File.ReadAllLinesAsync(file)).Where(line => !without.Contains(Value(Rule(), line)));
            await File.WriteAllLinesAsync(Path.Combine(folder, Path.GetFileName(file)), lines);
        }

        await using var process = await SupervisedProcess.StartAsync(
            new ProcessSpec("sh", "-c", Steps, "sh", folder, instance, model, optimization) { Folder = folder }, Limit);
        await process.Exited.WaitAsync(Limit);
        return new ModelCheck([.. process.Output]);
    }

    private static string? Value(Regex pattern, string text) =>
        pattern.Match(text) is { Success: true } match ? match.Groups[1].Value : null;

    private static IEnumerable<string> UnreachedIn(IReadOnlyList<string> output)
    {
        var process = "";
        foreach (var line in output)
        {
            process = Value(UnreachedProcess(), line) ?? process;
            if (Value(UnreachedStatement(), line) is { } statement && !statement.EndsWith("\"-end-\"", StringComparison.Ordinal))
            {
                yield return $"{process} {statement}";
            }
        }
    }

    private bool ReportsOn(string what) => Regex.IsMatch(Output, $@"{what}\s+\+");

    [GeneratedRegex(@"/\* @([a-z-]+) \*/")]
    private static partial Regex Rule();

    [GeneratedRegex(@"State-vector .* errors: (\d+)")]
    private static partial Regex ErrorCount();

    [GeneratedRegex(@"^pan:\d+: (?:assertion violated )?(.*) \(at depth \d+\)", RegexOptions.Multiline)]
    private static partial Regex Violation();

    [GeneratedRegex(@"^unreached in (.*)$")]
    private static partial Regex UnreachedProcess();

    [GeneratedRegex(@"^\t(.*\.pml:\d+, state \d+, "".*"")$")]
    private static partial Regex UnreachedStatement();
}
