namespace UserCache.Tests.Database;

/// <summary>The page for those who look after the database: what it says is tried as it stands there.</summary>
internal static class DatabasePage
{
    private const string Begin = "```sql\n";

    /// <summary>The SQL of a section.</summary>
    public static string Sql(string heading)
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "database", "README.md"));
        var section = page[page.IndexOf($"## {heading}\n", StringComparison.Ordinal)..];
        var sql = section[(section.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)..];
        return sql[..sql.IndexOf("```", StringComparison.Ordinal)];
    }
}
