
namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>PostgreSQL's programs. Packages keep them in a folder of each version, off the PATH.</summary>
internal static class PostgresPrograms
{
    private static readonly string[] Parents = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];

    /// <exception cref="InvalidOperationException">PostgreSQL is not installed.</exception>
    public static string Path(string program) => Tool.Find("postgresql", "postgresql@17", [program], Parents
        .Where(Directory.Exists)
        .SelectMany(parent => Directory.GetDirectories(parent))
        .OrderByDescending(NumberIn)
        .Select(version => System.IO.Path.Combine(version, "bin")));

    // "15", "postgresql@17": the newest first.
    private static int NumberIn(string folder) =>
        int.TryParse(string.Concat(System.IO.Path.GetFileName(folder).Where(char.IsAsciiDigit)), out var number) ? number : 0;
}
