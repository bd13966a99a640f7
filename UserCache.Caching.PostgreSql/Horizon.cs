using System.Globalization;

namespace UserCache.Caching.PostgreSql;

/// <summary>
/// Which transactions are committed or rolled back at some moment: PostgreSQL's snapshot. Ids of rows would not do, for a row with a lower
/// one may be committed later.
/// </summary>
/// <param name="Next">The first that had not begun.</param>
/// <param name="Running">Those before it that had not ended.</param>
internal sealed record Horizon(ulong Next, IReadOnlyList<ulong> Running)
{
    /// <summary>Before all transactions.</summary>
    public static Horizon None { get; } = new(0, []);

    /// <param name="snapshot">A <c>pg_snapshot</c> as text: <c>xmin:xmax:xip,…</c></param>
    public static Horizon Parse(string snapshot)
    {
        var parts = snapshot.Split(':');
        return new Horizon(Number(parts[1]), [.. parts[2].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Number)]);
    }

    /// <summary>What is committed or rolled back at both.</summary>
    public Horizon And(Horizon other) =>
        new(Math.Min(Next, other.Next), [.. Running.Union(other.Running).Where(transaction => transaction < Math.Min(Next, other.Next))]);

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);
}
