namespace UserCache.AppHost.Servers;

/// <summary>Finds the servers' programs on this machine.</summary>
internal static class Programs
{
    // Packages keep PostgreSQL's in a folder of each version, off the PATH.
    private static readonly string[] PostgresFolders = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];

    /// <summary>The path of <c>redis-server</c>; <see langword="null"/> when it is not installed.</summary>
    public static string? Redis => Find("redis-server", PathFolders);

    /// <summary>The folder of PostgreSQL's programs, of the newest version; <see langword="null"/> when it is not installed.</summary>
    public static string? Postgres => Path.GetDirectoryName(Find("initdb", PathFolders.Concat(PostgresFolders
        .Where(Directory.Exists)
        .SelectMany(Directory.GetDirectories)
        .OrderByDescending(NumberIn)
        .Select(version => Path.Combine(version, "bin")))));

    private static IEnumerable<string> PathFolders => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);

    private static string? Find(string program, IEnumerable<string> folders) =>
        folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    // "15", "postgresql@17".
    private static int NumberIn(string folder) =>
        int.TryParse(string.Concat(Path.GetFileName(folder).Where(char.IsAsciiDigit)), out var number) ? number : 0;
}
