using System.Text;
using UserCache.Caching;

namespace UserCache.ApiService.Operations;

/// <summary>What an operator is told of one row's entry.</summary>
/// <param name="Key">The key in Redis.</param>
/// <param name="Present">Whether there is an entry that this cache can read.</param>
/// <param name="Outcome">How a read would be answered now, as the traces and metrics call it.</param>
/// <param name="Version">The cached row's version; 0 for an unknown user.</param>
/// <param name="Bytes">Size of what Redis holds under the key.</param>
/// <param name="Type">Redis' type of it, where that is not what the cache writes.</param>
/// <param name="AgeSeconds">Since it was filled; unknown for an unknown user.</param>
/// <param name="SoftTtlSeconds">Until it is read anew; negative when that is overdue.</param>
/// <param name="HardTtlSeconds">Until Redis drops it.</param>
/// <param name="Lease">Who may fill the entry, if anyone does at the moment.</param>
/// <param name="Writers">Who is writing the user, by the seconds until each counts as dead.</param>
/// <param name="Row">The database's version and bytes.</param>
/// <param name="Agrees">Whether entry and row are the same; unknown when one of them is.</param>
/// <param name="Cached">What clients are sent.</param>
internal sealed record CacheInspectionResponse(
    string Key, bool Present, string Outcome, long? Version, long Bytes, string? Type,
    double? AgeSeconds, double? SoftTtlSeconds, double? HardTtlSeconds, LeaseInspection? Lease, IReadOnlyList<double> Writers,
    RowInspection Row, bool? Agrees, string? Cached)
{
    public static CacheInspectionResponse From(string key, CacheInspection cache, CachePayload? row, string? whyNoRow)
    {
        var entry = cache.Payload;
        return new CacheInspectionResponse(
            key,
            entry is not null,
            CacheTelemetry.Name(cache.Outcome),
            entry?.Version,
            cache.Bytes,
            cache.Kind is "string" or "none" ? null : cache.Kind,
            Seconds(cache.Age),
            Seconds(cache.SoftTtl),
            Seconds(cache.HardTtl),
            cache.Lease is { } lease ? new LeaseInspection(lease.Token, lease.Floor, lease.Ttl.TotalSeconds) : null,
            [.. cache.Writers.Select(left => left.TotalSeconds)],
            new RowInspection(row is null ? null : row.Value.Exists, row?.Version, whyNoRow),
            entry is { } cached && row is { } read ? cached.IsSame(read) : null,
            entry is { Exists: true } shown ? Encoding.UTF8.GetString(shown.Body.Span) : null);
    }

    private static double? Seconds(TimeSpan? time) => time is { } known ? Math.Round(known.TotalSeconds, 3) : null;
}

/// <summary>The right to fill an entry.</summary>
/// <param name="Token">Of its holder.</param>
/// <param name="Floor">The version below which nothing is filled; 0 for any.</param>
/// <param name="TtlSeconds">Until it expires.</param>
internal sealed record LeaseInspection(string? Token, long Floor, double TtlSeconds);

/// <summary>What the database says.</summary>
/// <param name="Exists">Whether there is such a user; unknown when the database was not reached.</param>
/// <param name="Version">The row's version; 0 when there is none.</param>
/// <param name="Problem">Why the database was not reached.</param>
internal sealed record RowInspection(bool? Exists, long? Version, string? Problem);
