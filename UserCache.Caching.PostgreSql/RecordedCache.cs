namespace UserCache.Caching.PostgreSql;

/// <summary>A cache whose table has to have triggers.</summary>
/// <param name="Name">The cache's.</param>
internal sealed record RecordedCache(string Name);
