using System.Text.RegularExpressions;

namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>A program to run.</summary>
/// <param name="File">The program: a path, or a name on the PATH.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record ProcessSpec(string File, params IReadOnlyList<string> Arguments)
{
    /// <summary>Added to this process' own environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>A line of output that says that the program is ready; <see langword="null"/> when it is as soon as it runs.</summary>
    public Regex? Ready { get; init; }

    /// <summary>The signal that asks the program to stop, without SIG.</summary>
    public string StopSignal { get; init; } = "TERM";

    /// <summary>Removed if this process is killed before it could stop the program.</summary>
    public string? Folder { get; init; }
}
