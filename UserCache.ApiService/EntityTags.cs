using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace UserCache.ApiService;

/// <summary>A row's version as entity tag.</summary>
internal static class EntityTags
{
    public static string For(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <returns>The version; <see langword="null"/> for the tag of none.</returns>
    public static long? VersionOf(EntityTagHeaderValue tag) =>
        long.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            && tag.Tag.Equals(For(version), StringComparison.Ordinal) ? version : null;
}
