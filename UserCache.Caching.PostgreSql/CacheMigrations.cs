using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Migrations.Operations.Builders;

namespace UserCache.Caching.PostgreSql;

/// <summary>Has migrations put a table behind a cache: each committed change of it, by whatever client, goes into the outbox.</summary>
public static partial class CacheMigrations
{
    private const string CreateOutbox = "create-outbox.sql";
    private const string AddTriggers = "add-triggers.sql";
    private const string DropTriggers = "drop-triggers.sql";

    /// <summary>
    /// Adds the outbox <c>cache_invalidations</c> where there is none, and triggers to a table: they keep <c>version</c> growing with each
    /// change of a row, over its deletion too (<c>{table}_cache_versions</c> remembers), and record each change. The column
    /// <c>version bigint</c> is added where it is missing.
    /// </summary>
    /// <param name="migrationBuilder">The migration's.</param>
    /// <param name="table">
    /// The table, in the schema of the service's connections and not partitioned: letters, digits and '_', 40 at most.
    /// </param>
    /// <param name="key">The column that has the rows' keys: <c>bigint</c>, <c>integer</c>, <c>uuid</c> or <c>text</c>, and unique.</param>
    /// <param name="cache">The cache's name, where it is not the table's.</param>
    /// <exception cref="ArgumentException">A name can't be used.</exception>
    public static OperationBuilder<SqlOperation> AddCacheInvalidation(
        this MigrationBuilder migrationBuilder, string table, string key, string? cache = null)
    {
        migrationBuilder.Sql(Script(CreateOutbox, table, key, cache));
        return migrationBuilder.Sql(Script(AddTriggers, table, key, cache));
    }

    /// <summary>
    /// Takes the triggers off again, and forgets what the outbox has for the cache. The versions stay, for the day it comes back: before
    /// that its entries must be flushed, for what was changed meanwhile nobody has recorded.
    /// </summary>
    /// <param name="migrationBuilder">The migration's.</param>
    /// <param name="table">As it was added.</param>
    /// <param name="cache">As it was added.</param>
    /// <exception cref="ArgumentException">A name can't be used.</exception>
    public static OperationBuilder<SqlOperation> DropCacheInvalidation(
        this MigrationBuilder migrationBuilder, string table, string? cache = null) =>
        migrationBuilder.Sql(Script(DropTriggers, table, table, cache));

    private static string Script(string name, string table, string key, string? cache)
    {
        using var stream = typeof(CacheMigrations).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd()
            .Replace("{table}", Checked(table, nameof(table)), StringComparison.Ordinal)
            .Replace("{key}", Checked(key, nameof(key)), StringComparison.Ordinal)
            .Replace("{cache}", cache is null ? table : CheckedCache(cache), StringComparison.Ordinal);
    }

    private static string Checked(string name, string parameter) => Identifier().IsMatch(name)
        ? name
        : throw new ArgumentException($"\"{name}\" is not made of letters, digits and '_', 40 at most.", parameter);

    private static string CheckedCache(string cache) => CacheRegistration.IsName(cache)
        ? cache
        : throw new ArgumentException($"No cache can be called \"{cache}\".", nameof(cache));

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,39}\z")]
    private static partial Regex Identifier();
}
